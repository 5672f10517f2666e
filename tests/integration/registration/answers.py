"""What visitors of registration are answered, for tests of its web side."""

from typing import Any, cast

from werkzeug.test import TestResponse

HTML = {"Accept": "text/html"}


def problem(response: TestResponse) -> tuple[int, str]:
    """A refusal's status and name; it must be a problem document."""
    assert response.content_type == "application/problem+json", response.text
    assert response.json is not None
    return response.status_code, response.json["type"].rpartition(":")[2]


def told(response: TestResponse) -> dict[str, Any]:
    """What a request was answered, as JSON."""
    assert response.json is not None, response.text
    return cast(dict[str, Any], response.json)


def mine(answer: dict[str, Any]) -> str:
    """The path of a registrant's own page."""
    return str(answer["mine"]).removeprefix("http://localhost")
