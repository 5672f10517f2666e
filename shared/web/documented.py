"""What the JSON doors of all services say and ask for: problems, sign-in, further pages; and the keys of requests."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import flask_smorest
from flask import request
from marshmallow import INCLUDE, RAISE, Schema, fields
from webargs.flaskparser import FlaskParser

from shared.idempotency import IdempotencyKeyMissing

F = TypeVar("F", bound=Callable[..., Any])

PROBLEM_TYPE = "application/problem+json"
KEY_LENGTH_MAX = 200

SIGNED_IN: dict[str, Any] = {"security": [{"desk": []}, {"token": []}]}
LINK = {"Link": {"schema": {"type": "string"}}}
KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[!-~]+$"},
    "description": "The same key and body again give the same answer; the same key with another body is refused.",
}
ONCE: dict[str, Any] = {**SIGNED_IN, "parameters": [KEY]}

_WHY: Mapping[int, str] = {
    400: "The Idempotency-Key header or a token is missing or malformed; nothing was changed.",
    401: "No account, a wrong password, or a token that doesn't hold.",
    403: "Signed in, but as another desk.",
    404: "There is nothing under this address.",
    409: "This can't be done as things stand; nothing was changed.",
    412: "It was changed by somebody else since it was read; nothing was changed.",
    422: "Something in the request makes no sense; nothing was changed.",
    410: "The personal link has ended with its purpose; nothing was changed.",
    429: "Too many in a short time: wrong passwords, or forms from one source; nothing was changed.",
    428: "It is there already, and no If-Match says which one was seen; nothing was changed.",
    503: "The database is not answering; nothing was changed, so asking again is safe.",
}


class Arguments(FlaskParser):
    """Reads what is asked; a word in the query that no route knows is refused, for it may be a known one misspelt."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": RAISE}


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """The documented routes of a part."""

    ARGUMENTS_PARSER = Arguments()


class Problem(Schema):
    """RFC 9457: what happened, what did not happen, what to do next; a refusal's facts are further members."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict()
    correlation = fields.String()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Problem":
        """The same: the library copies what it documents, and this describes hundreds of answers."""
        return self


_PROBLEM = Problem()


def documented(*statuses: int) -> Callable[[F], F]:
    """Describe the problems that a route may answer.

    The library's own decorator wraps the view once more for each of them, and keeps a copy of all that was said before:
    a call more in each request, and 25 MiB a service.
    """

    def describe(view: F) -> F:
        view.__dict__.setdefault("_apidoc", {}).setdefault("response", {}).setdefault("responses", {}).update(
            {
                status: [{"schema": _PROBLEM, "description": _WHY[status], "content_type": PROBLEM_TYPE}]
                for status in (*statuses, *([429] if 401 in statuses else []))
            }
        )
        return view

    return describe


def idempotency_key() -> str:
    """The request's key, by which a repeated request is told from a new one; raises `IdempotencyKeyMissing`."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise IdempotencyKeyMissing(
            "This request needs an Idempotency-Key header, so that it can be repeated safely. "
            "Nothing was changed; send a fresh UUID with it."
        )
    if not re.fullmatch(rf"[!-~]{{1,{KEY_LENGTH_MAX}}}", key):
        raise IdempotencyKeyMissing(
            f"An Idempotency-Key has up to {KEY_LENGTH_MAX} letters, digits and signs, and no blanks. "
            "Nothing was changed; send a fresh UUID."
        )
    return key


def form_key() -> str:
    """The key of the form that was sent, or a new one; raises `IdempotencyKeyMissing` when it is none of ours.

    It is never cut short: two forms whose keys begin alike are two.
    """
    key = request.form.get("idempotency_key", "")
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise IdempotencyKeyMissing(
            "This form came without the key that the page had given it. "
            "Nothing was changed; please open the page anew and send its form again."
        )
    return key or str(uuid.uuid4())
