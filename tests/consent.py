"""A browser's part of a login: reads the form of an authorize page, and fills it in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient


@dataclass
class ConsentForm(HTMLParser):
    """The form on a page: `hidden` fields, the `people` to choose from, the `scopes` to untick."""

    page: str = field(repr=False)
    hidden: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    chosen: str = ""
    scopes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag != "input":
            return
        name, value = attributes["name"], attributes["value"]
        match attributes["type"]:
            case "hidden":
                self.hidden[name] = value
            case "radio":
                self.people.append(value)
                if "checked" in attributes:
                    self.chosen = value
            case "checkbox":
                self.scopes.append(value)

    def filled(
        self, person: str = "", *, without: tuple[str, ...] = (), decision: str = "allow"
    ) -> dict[str, Any]:
        """The fields that a browser posts; `without`: the scopes that are unticked."""
        scopes = [scope for scope in self.scopes if scope not in without]
        answered = {"person": person or self.chosen, "grantedScope": scopes, "decision": decision}
        return {**self.hidden, **answered}


def decide(
    twin: FlaskClient, path: str, query: dict[str, str], person: str = "", **answers: Any
) -> Any:
    """The answer to the filled form on an authorize page; `answers` as for `filled`."""
    page = twin.get(path, query_string=query)
    assert page.status_code == 200, page.text
    return twin.post(path, data=ConsentForm(page.text).filled(person, **answers))


def brought_back(answer: Any) -> dict[str, str]:
    """The parameters with which the browser comes back to the app."""
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)
    return {name: values[0] for name, values in query.items()}
