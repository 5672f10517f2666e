"""How tests read what a desk says on the pages of all four desks: line by line, with the address behind each."""

import html
import re
from typing import NamedTuple

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HTML = {"Accept": "text/html"}


class Line(NamedTuple):
    """One line of a desk's part: its words, and where its link leads."""

    words: str
    address: str


def ask(client: FlaskClient, path: str, account: tuple[str, str] | None) -> TestResponse:
    """A page as this account's browser gets it; its quotes as keyboards have them."""
    return client.get(path, auth=account, headers=HTML)


def waiting(client: FlaskClient, service: str, account: tuple[str, str]) -> list[Line]:
    """What waits at a service's desk for this account."""
    return _lines(ask(client, f"/{service}/desk/waiting?part=yes", account))


def found(client: FlaskClient, service: str, account: tuple[str, str], query: str) -> list[Line]:
    """What this account's search finds at a service's desk."""
    response = client.get(
        f"/{service}/desk/search", query_string={"query": query, "part": "yes"}, auth=account, headers=HTML
    )
    return _lines(response)


def _lines(response: TestResponse) -> list[Line]:
    assert response.status_code == 200, response.text
    assert response.text.strip().startswith("<section"), "a part is a part, and no page"
    items = re.findall(r'<li[^>]*><a href="([^"]*)">(.*?)</li>', response.text, flags=re.DOTALL)
    return [Line(_plain(words), html.unescape(address)) for address, words in items]


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
