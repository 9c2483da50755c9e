"""Reads and checks the variables of an environment, and collects the faults.

An empty variable counts as missing, except for a number. No fault contains a value, which may be a
secret.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

# kind -> (its form, its description in a fault)
_KINDS = {
    "bucket": (r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "a bucket name"),
    # Only meant to notice a value in the wrong variable.
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s.]+", "an email address"),
    "host:port": (r"[^\s/:@]+:[0-9]{1,5}", "host:port"),
    "project": (r"[a-z][a-z0-9.:-]*", "a project id"),
    "sign-up": (
        r"open|invited|domain:[\w-]+(\.[\w-]+)+(,[\w-]+(\.[\w-]+)+)*",
        "open, invited, or domain: and domains, such as domain:example.com,example.org",
    ),
    "web API key": (r"[\w-]{1,100}", "a web API key"),
    "region": (r"[a-z]+(-[a-z]+)+[0-9]+", "a region, such as us-central1"),
}

# 128 random bits in hexadecimal.
_SHORTEST_SECRET = 32


class Environment:
    """Reads `variables`. `faults` collects what is wrong, each as a clause for the operator."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.faults: list[str] = []

    def require(self, names: Iterable[str]) -> None:
        """These must have a value."""
        self.faults += [f"{name} is not set" for name in names if not self._text(name)]

    def matching(self, name: str, kind: str, default: str = "") -> str:
        """A value of one of the kinds above; "" when it is missing."""
        value = self._text(name, default)
        form, description = _KINDS[kind]
        if value and not re.fullmatch(form, value):
            self.faults.append(f"{name} is not {description}")
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self._text(name, default)
        if value not in choices:
            self.faults.append(f"{name} is not one of {', '.join(choices)}")
        return value

    def whole_number(self, name: str, default: int, *, most: int) -> int:
        """A number from 1 to `most`."""
        value = self._variables.get(name, str(default))
        if not value.isascii() or not value.isdigit():
            self.faults.append(f"{name} is not a whole number")
        elif not 1 <= int(value) <= most:
            self.faults.append(f"{name} is not between 1 and {most}")
        else:
            return int(value)
        return default

    def url(self, name: str, default: str = "") -> str:
        value = self._text(name, default)
        if value not in ("", default) and not _is_url(value):
            self.faults.append(f"{name} is not an http(s) URL")
        return value

    def origins(self, name: str) -> tuple[str, ...]:
        """A comma-separated list of URLs with only a scheme, a host and a port."""
        elements = [element.strip().rstrip("/") for element in self._text(name).split(",")]
        origins = tuple(filter(None, elements))
        if not all(_is_url(origin) and origin.count("/") == 2 for origin in origins):
            self.faults.append(f"{name} is not a list of origins, such as http://127.0.0.1:8000")
        return origins

    def urls_by_name(self, name: str) -> dict[str, str]:
        """A JSON object of URLs; empty when it is missing."""
        value = self._text(name)
        urls = _json(value) if value else {}
        if not isinstance(urls, dict) or not all(map(_is_url, urls.values())):
            self.faults.append(f"{name} is not a JSON object of platform names and base URLs")
            return {}
        return urls

    def keyset(self, name: str) -> str:
        """The JSON of a Tink keyset, checked as far as possible without Tink."""
        value = self._text(name)
        keyset = _json(value) if value else {}
        if value and not (isinstance(keyset, dict) and {"primaryKeyId", "key"} <= keyset.keys()):
            self.faults.append(f"{name} is not a Tink keyset in JSON")
        return value

    def secret(self, name: str) -> str:
        """A random key, long enough that nobody can guess it."""
        value = self._text(name)
        if value and len(value) < _SHORTEST_SECRET:
            self.faults.append(f"{name} is shorter than {_SHORTEST_SECRET} characters")
        return value

    def secrets(self, name: str) -> tuple[str, ...]:
        """Random keys, separated by commas, the newest first."""
        keys = tuple(filter(None, (key.strip() for key in self._text(name).split(","))))
        if any(len(key) < _SHORTEST_SECRET for key in keys):
            self.faults.append(
                f"{name} is not a list of keys of at least {_SHORTEST_SECRET} characters"
            )
        return keys

    def prefixes(self, *suffixes: str) -> list[str]:
        """The prefixes of the variables that end in one of `suffixes`, in alphabetical order."""
        names = [name for name in self._variables if self._text(name)]
        return sorted(
            {name.removesuffix(s) for name in names for s in suffixes if name.endswith(s)}
        )

    def both(self, one: str, other: str) -> tuple[str, str, str]:
        """Two variables that are only useful together; the last text says which one is missing."""
        values = self._text(one), self._text(other)
        if all(values) or not any(values):
            return (*values, "")
        present, missing = (one, other) if values[0] else (other, one)
        return (*values, f"{present} is set, but {missing} is not")

    def _text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, default) or default


def _is_url(value: object) -> bool:
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    try:
        parts = urlsplit(value)
        # Reading the port checks it.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _json(value: str) -> object:
    """None when it is not JSON."""
    try:
        decoded: object = json.loads(value)
    except ValueError:
        return None
    return decoded
