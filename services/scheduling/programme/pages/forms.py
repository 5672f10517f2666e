"""How forms of the draft's pages are read, refused and shown again with everything that was entered.

The same commands as the API behind them: post, redirect, get, once per form that was shown.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Response, make_response, redirect, render_template, request, url_for
from marshmallow import EXCLUDE, Schema, ValidationError

from services.scheduling.programme.store.asked import editor
from shared.problem import NotFound, Refusal
from shared.web import forms
from shared.web.forms import Form, reasons


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
        raise Refused(status=422, errors=reasons(cast(dict[str, Any], error.messages))) from None


def once(command: Callable[..., Any], *, answer: Callable[[Any], Any] = lambda _: None, **arguments: Any) -> Any:
    """Run a command once for each form that was shown, however often its button is pressed, or `Refused`."""
    try:
        return forms.once(command, answer=answer, **arguments)
    except NotFound:
        raise
    except Refusal as refusal:
        fields = reasons(refusal.facts.get("errors", {}).get("json", {}))
        known = {name: text for name, text in fields.items() if name in request.form}
        raise Refused(status=refusal.status, errors=known, refusal="" if known else refusal.detail) from refusal


def once_by_editor(command: Callable[..., Any], **arguments: Any) -> Any:
    """The same, for what leaves a word on who did it."""
    return once(command, by=editor(), **arguments)


def entered() -> dict[str, str]:
    """What was sent, with lines as we keep them."""
    return {name: text.replace("\r\n", "\n") for name, text in request.form.items()}


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the draft."""
    return make_response(render_template(f"programme/{template}.html", **context), status)


def see(endpoint: str, *, anchor: str | None = None, **values: Any) -> Response:
    """Go on to a page."""
    return cast(Response, redirect(url_for(endpoint, _anchor=anchor, **values), 303))
