"""What is checked when an instance starts, before any request."""

from collections.abc import Iterable

from shared import config, logs
from shared.platforms import registry

log = logs.logger("start")


def check_environment() -> None:
    """Raises ConfigurationError for an environment with which no request can succeed.

    A client app with an unknown prefix is most likely a typing error, but it can also belong to
    another program on the same machine. So it is only reported; an incomplete one only if its
    prefix resembles a known one.
    """
    settings = config.settings()
    check_clients(settings)
    check_plans(settings)
    unknown = registry.unknown_prefixes(settings.platform_clients)
    if not unknown and not settings.incomplete_clients:
        return
    logs.set_up()
    known = registry.client_prefixes()
    for prefix in unknown:
        _report(prefix, known, _similar(prefix, known))
    for prefix in settings.incomplete_clients:
        if similar := _similar(prefix, known):
            _report(prefix, known, similar)


def check_clients(settings: config.Settings) -> None:
    """Raises ConfigurationError if a platform's client app has only an ID or only a secret."""
    incomplete = settings.incomplete_clients
    if incomplete:  # only then are the platforms imported
        faults = [incomplete[p] for p in registry.client_prefixes() if p in incomplete]
        if faults:
            raise config.ConfigurationError.of(faults)


def check_plans(settings: config.Settings) -> None:
    """Raises ConfigurationError if a plan names a platform that does not exist."""
    named = {name for plan in settings.billing.plans.values() for name in plan.platforms or ()}
    unknown = sorted(named - set(registry.names()))
    if unknown:
        fault = f"BILLING_PLANS names platforms that do not exist: {', '.join(unknown)}"
        raise config.ConfigurationError.of([fault])


def _report(prefix: str, known: Iterable[str], similar: str | None) -> None:
    log.error(
        "unknown platform client",
        extra=logs.fields(
            operatorAction=True,
            variable=f"{prefix}_CLIENT_ID",
            similarPrefix=similar,
            knownPrefixes=known,
        ),
    )


def _similar(prefix: str, known: Iterable[str]) -> str | None:
    """The known prefix that was probably meant."""
    from difflib import get_close_matches  # only a wrong environment needs it

    return next(iter(get_close_matches(prefix, known, n=1)), None)
