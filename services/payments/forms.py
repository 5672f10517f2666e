"""How what people type into a form becomes the same request that a program would send, and is done once."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, make_response, request
from marshmallow import Schema, ValidationError

from shared import money
from shared.idempotency import run_once
from shared.problem import Invalid, Refusal
from shared.web.current import database
from shared.web.documented import form_key
from shared.web.shapes import Shape

Messages = Mapping[str, list[str]]


def load(schema: Schema, typed: Mapping[str, Any]) -> tuple[dict[str, Any], Messages]:
    """What was typed, checked; or, field by field, what is wrong with it."""
    try:
        return dict(schema.load(typed)), {}
    except ValidationError as invalid:
        return {}, _flat(invalid.messages)


def amount_minor(text: str, currency: str) -> int | str:
    """`1,570.00` as minor units, digit by digit; what can't be read stays text, and is refused as an amount."""
    read = money.typed(text, currency)
    return text if read is None else read


def address_lines(text: str) -> list[str]:
    """The lines of a postal address; empty ones don't count."""
    return [line for line in text.splitlines() if line.strip()]


def _flat(messages: Any) -> Messages:
    """One list of sentences per field, wherever inside it they arose."""
    return {field: _sentences(found) for field, found in messages.items()}


def _sentences(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [sentence for inner in found.values() for sentence in _sentences(inner)]
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def submitted(
    schema: Shape,
    typed: Mapping[str, Any],
    *,
    act: Callable[[Mapping[str, Any]], Response],
    show: Callable[[Messages, Refusal | None], Response],
) -> Response:
    """Do what a form asks, or show it again with what is wrong."""
    asked, errors = load(schema, typed)
    if errors:
        return make_response(show(errors, None), Invalid.status)
    try:
        return act(asked)
    except Refusal as refused:
        return make_response(show({}, refused), refused.status)


def once(command: Callable[..., Any], **arguments: Any) -> None:
    """Run a command once for this form, however often it is sent."""
    key = form_key()
    run_once(database(), command, key=key, scope="finance-form", answer=lambda _: {}, **arguments)


def typed_in(*names: str) -> dict[str, str]:
    """What was typed into these fields."""
    return {name: request.form.get(name, "") for name in names}
