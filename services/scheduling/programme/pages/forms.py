"""How the forms of the draft's pages are read and shown again, on the kit that all services have (`shared.web.forms`).

The same commands as the API behind them: post, redirect, get, once per form that was shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from flask import Response, make_response, redirect, render_template, request, url_for
from marshmallow import Schema

from services.scheduling.programme.store.asked import editor
from shared.problem import Invalid, Refusal
from shared.web import forms
from shared.web.forms import Form


def read(schema: type[Schema], shape: Mapping[str, Any], *, partial: bool = False) -> Any:
    """What was asked; raises `Invalid` with a reason for each field that makes no sense."""
    return forms.read(schema(partial=partial), shape)


def wrong(errors: Mapping[str, str]) -> Invalid:
    """What a form's own fields say that can't be."""
    return Invalid("Some fields make no sense. Nothing was changed.", errors={"form": dict(errors)})


def refused(refusal: Refusal) -> Form:
    """The form with what was entered and what is wrong with it; what a command says of a field that it hasn't is said
    of the whole form."""
    form = forms.refused(refusal)
    if "form" in refusal.facts.get("errors", {}):
        return form
    known = {name: text for name, text in form.errors.items() if name in request.form}
    return replace(form, errors=known, refusal="" if known else refusal.detail)


def once_by_editor(command: Callable[..., Any], **arguments: Any) -> Any:
    """Run a command once for the form that was shown, where it leaves a word on who did it."""
    return forms.once(command, by=editor(), **arguments)


def entered() -> dict[str, str]:
    """What was sent, with lines as we keep them."""
    return dict(forms.entered().values)


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the draft."""
    return make_response(render_template(f"programme/{template}.html", **context), status)


def see(endpoint: str, *, anchor: str | None = None, **values: Any) -> Response:
    """Go on to a page."""
    return cast(Response, redirect(url_for(endpoint, _anchor=anchor, **values), 303))
