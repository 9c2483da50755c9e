"""What is checked when an instance starts, before any request."""

from shared import config, logs
from shared.platforms import registry

log = logs.logger("start")


def check_environment() -> None:
    """Raises ConfigurationError for an environment with which no request can succeed.

    A client app with an unknown prefix is most likely a typing error, but it can also belong to
    another program on the same machine. So it is only reported.
    """
    unknown = registry.unknown_prefixes(config.settings().platform_clients)
    if not unknown:
        return
    logs.set_up()
    for prefix in unknown:
        log.error(
            "unknown platform client",
            extra=logs.fields(
                operatorAction=True,
                variable=f"{prefix}_CLIENT_ID",
                knownPrefixes=registry.client_prefixes(),
            ),
        )
