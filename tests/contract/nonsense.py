"""Requests that make no sense: what may stand in an address, in a body, and as an account."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

TOO_LARGE = 300 * 1024
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WORDS = ("nonsense", "%00", "%ED%A0%80", "%FF%FE", "..%2F..", "%F0%9F%92%A5", "x" * 2000, "$where", "a.b.c", "{}")
QUERIES = (
    "after=%00&limit=-1",
    "after=%ED%A0%80&limit=99999999999999999999&page=x",
    "after[$gt]=&limit=1e9&state=%00&conference=%FF",
    "%00=%00&run=%00&place=%00&next=//elsewhere.example&saved=%00",
    "after=" + "x" * 2000,
)


@dataclass(frozen=True)
class Body:
    """What is sent with a request, and as what."""

    name: str
    content_type: str
    data: bytes


BODIES = (
    Body("nothing", JSON, b""),
    Body("half a document", JSON, b'{"choice": '),
    Body("an array", JSON, b"[1, 2, 3]"),
    Body("a word", JSON, b'"refund"'),
    Body("null", JSON, b"null"),
    Body("not a number", JSON, b"NaN"),
    Body("very deep", JSON, b"[" * 20_000 + b"]" * 20_000),
    Body("no text in any code", JSON, b'\xff\xfe{"choice": 1}'),
    Body("arrays for everything", JSON, json.dumps({"choice": [], "name": {}, "postal_address": {"a": []}}).encode()),
    Body(
        "lone surrogates",
        JSON,
        b'{"choice": "\\ud800", "name": "\\udfff", "postal_address": ["\\ud800"], "now": "\\ud800"}',
    ),
    Body(
        "null bytes", JSON, b'{"choice": "\\u0000", "name": "\\u0000", "postal_address": ["\\u0000"], "now": "\\u0000"}'
    ),
    Body(
        "huge numbers",
        JSON,
        b'{"choice": 1e999, "name": ' + b"9" * 3000 + b', "postal_address": [-1e-999], "now": 1e99}',
    ),
    Body("another type", "text/plain", b'{"choice": "refund"}'),
    Body("XML", "application/xml", b"<choice>refund</choice>"),
    Body("no type", "", b"choice=refund"),
    Body("an unknown code page", "application/json; charset=ebcdic-of-mars", b'{"choice": "refund"}'),
    Body("an empty form", FORM, b""),
    Body(
        "a form of nothing", FORM, b"choice=&name=&postal_address=&action=&role=&password=&reference=&idempotency_key="
    ),
    Body(
        "a form of null bytes", FORM, b"choice=%00&name=%00&postal_address=%00&action=%00&role=%00&password=%00&now=%00"
    ),
    Body(
        "a form of no text", FORM, b"choice=%FF&name=%ED%A0%80&postal_address=%FE&role=%FF&password=%ED%A0%80&now=%FF"
    ),
    Body("a form with too long a key", FORM, b"name=A&idempotency_key=" + b"k" * 5000),
    Body(
        "parts without an end",
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n',
    ),
    Body("parts without a boundary", "multipart/form-data", b"--x"),
    Body("too large", JSON, b'{"choice": "' + b"x" * TOO_LARGE + b'"}'),
    Body("too large a form", FORM, b"choice=" + b"x" * TOO_LARGE),
)
CREDENTIALS = (
    "Basic",
    "Basic !!!!",
    "Basic /////w==",
    "Basic Y29tbWl0dGVl",
    "Basic OnB3",
    "Bearer x",
    "Digest username=committee",
    "\u00ff",
)


def routes_of(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method and route of an app, written as a document would."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, _as_documented(rule)


def _as_documented(rule: Rule) -> str:
    return "".join(f"{{{text}}}" if is_argument else text for is_argument, text in rule._trace).removeprefix("|")
