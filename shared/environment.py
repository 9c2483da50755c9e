"""Reads and checks the variables of an environment, and collects the faults.

An empty variable counts as missing, except for a number. No fault contains a value, which may be a
secret.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from shared.domain.subscription import POSTS_PER_MONTH, RATE_LIMIT_NAMES, STAFF_PLAN, Plan

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
    "support address": (
        r"(https?://[^\s/@]+(/\S*)?|mailto:[^@\s]+@[^@\s]+\.[^@\s.]+)",
        "an http(s) URL or mailto: and an email address",
    ),
    "region": (r"[a-z]+(-[a-z]+)+[0-9]+", "a region, such as us-central1"),
}

_PLAN_FIELDS = ("name", "priceId", "limits", "platforms")

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

    def whole_number(self, name: str, default: int, *, most: int, least: int = 1) -> int:
        """A number from `least` to `most`."""
        value = self._variables.get(name, str(default))
        if not value.isascii() or not value.isdigit():
            self.faults.append(f"{name} is not a whole number")
        elif not least <= int(value) <= most:
            self.faults.append(f"{name} is not between {least} and {most}")
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
        """A random key, too long to guess."""
        value = self._text(name)
        if value and len(value) < _SHORTEST_SECRET:
            self.faults.append(f"{name} is shorter than {_SHORTEST_SECRET} characters")
        return value

    def matching_secret(self, name: str, beginning: str) -> str:
        """A key from another service, recognized by its prefix: a regular expression."""
        value = self._text(name)
        if value and not re.fullmatch(rf"(?:{beginning})[A-Za-z0-9_]{{8,}}", value):
            known = beginning.replace("|", " or ")
            self.faults.append(f"{name} is not a key that begins with {known}")
        return value

    def plans(self, name: str) -> dict[str, Plan]:
        """A JSON object of plans by their IDs; empty when it is missing."""
        value = self._text(name)
        listed = _json(value) if value else {}
        if not isinstance(listed, dict):
            self.faults.append(f"{name} is not a JSON object of plans")
            return {}
        plans = {plan_id: _plan(plan_id, fields) for plan_id, fields in listed.items()}
        self.faults += [f"{name}: {plan}" for plan in plans.values() if isinstance(plan, str)]
        read = {plan_id: plan for plan_id, plan in plans.items() if isinstance(plan, Plan)}
        prices = [plan.price_id for plan in read.values() if plan.price_id]
        if len(set(prices)) < len(prices):
            self.faults.append(f"{name} has one priceId in two plans")
        return read

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


def _plan(plan_id: str, fields: object) -> Plan | str:
    """A plan, or what is wrong with it."""
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,39}", plan_id) or plan_id == STAFF_PLAN:
        return "the ID of a plan has 1 to 40 of a-z, 0-9, - and _, and is not staff"
    if not isinstance(fields, dict) or fields.keys() - _PLAN_FIELDS:
        return f"plan {plan_id} has fields other than {', '.join(_PLAN_FIELDS)}"
    name, price = fields.get("name", plan_id), fields.get("priceId", "")
    if not isinstance(name, str) or not re.fullmatch(r"\S(.{0,58}\S)?", name):
        return f"the name of plan {plan_id} is not a text of 1 to 60 characters"
    if not isinstance(price, str) or not re.fullmatch("(price_[A-Za-z0-9_]{1,100})?", price):
        return f"the priceId of plan {plan_id} is not an ID of Stripe, such as price_1abc"
    limits, platforms = fields.get("limits", {}), fields.get("platforms")
    names = (*RATE_LIMIT_NAMES, POSTS_PER_MONTH)
    if not isinstance(limits, dict) or limits.keys() - set(names):
        return f"plan {plan_id} has limits other than {', '.join(names)}"
    if not all(type(limit) is int and 0 < limit <= 1_000_000 for limit in limits.values()):
        return f"a limit of plan {plan_id} is not a number between 1 and 1000000"
    if platforms is not None and not _is_names(platforms):
        return f"the platforms of plan {plan_id} are not a list of names"
    return Plan(
        plan_id,
        name,
        price,
        {scope: limit for scope, limit in limits.items() if scope != POSTS_PER_MONTH},
        limits.get(POSTS_PER_MONTH),
        None if platforms is None else frozenset(platforms),
    )


def _is_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


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
