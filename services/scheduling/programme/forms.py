"""How forms of the draft's pages are read, refused and shown again with everything that was entered.

The same commands as the API behind them: post, redirect, get, once per form that was shown.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Response, make_response, redirect, render_template, request, url_for
from marshmallow import EXCLUDE, Schema, ValidationError

from services.scheduling.programme.asked import editor
from shared import idempotency
from shared.auth import current_role
from shared.problem import NotFound, Refusal
from shared.web.current import database
from shared.web.documented import form_key


@dataclass(frozen=True, slots=True)
class Form:
    """What was entered and what was refused of it: by field, or as a whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    now: Mapping[str, str] = field(default_factory=dict)  # what others have written meanwhile, by field
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))


class Refused(Exception):
    """What somebody sent was refused; the form is shown again with it."""

    def __init__(self, *, status: int, errors: Mapping[str, str] | None = None, refusal: str = "") -> None:
        super().__init__(refusal)
        self.status, self.errors, self.refusal = status, errors or {}, refusal

    def form(self, values: Mapping[str, str]) -> Form:
        """The form with what was entered; with a fresh key, since what is sent next is another request."""
        return Form(values=values, errors=self.errors, refusal=self.refusal)


def read(schema: type[Schema], shape: Mapping[str, Any], *, partial: bool = False) -> Any:
    """What was asked, or `Refused`."""
    try:
        return schema(unknown=EXCLUDE, partial=partial).load(dict(shape))
    except ValidationError as error:
        raise Refused(status=422, errors=in_words(error.messages)) from None


def in_words(messages: Any) -> dict[str, str]:
    """What is wrong, by field; of a list or a part, under the name of the field that it is typed into."""
    found: dict[str, str] = {}
    for name, told in messages.items():
        if isinstance(told, Mapping):
            inner = in_words(told)
            found |= {f"{name}_{key}": text for key, text in inner.items() if not _is_index(key)}
            listed = [text for key, text in inner.items() if _is_index(key)]
            found |= {str(name): " ".join(dict.fromkeys(listed))} if listed else {}
        else:
            found[str(name)] = " ".join(told)
    return found


def _is_index(key: str) -> bool:
    return key.split("_")[0].isdecimal()


def once(command: Callable[..., Any], *, answer: Callable[[Any], Any] = lambda _: None, **arguments: Any) -> Any:
    """Run a command once for each form that was shown, however often its button is pressed, or `Refused`."""
    key = form_key()
    scope = f"form:{current_role()}"
    try:
        return idempotency.run_once(database(), command, key=key, scope=scope, answer=answer, **arguments)
    except NotFound:
        raise
    except Refusal as refusal:
        fields = in_words(refusal.facts.get("errors", {}).get("json", {}))
        known = {name: text for name, text in fields.items() if name in request.form}
        raise Refused(status=refusal.status, errors=known, refusal="" if known else refusal.detail) from refusal


def once_by_editor(command: Callable[..., Any], **arguments: Any) -> Any:
    """The same, for what leaves a word on who did it."""
    return once(command, by=editor(), **arguments)


def seen() -> int:
    """The version that the form was made from; one that makes no sense was never there."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def entered() -> dict[str, str]:
    """What was sent, with lines as we keep them."""
    return {name: text.replace("\r\n", "\n") for name, text in request.form.items()}


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the draft."""
    return make_response(render_template(f"scheduling/programme/{template}.html", **context), status)


def see(endpoint: str, *, anchor: str | None = None, **values: Any) -> Response:
    """Go on to a page."""
    return cast(Response, redirect(url_for(endpoint, _anchor=anchor, **values), 303))
