"""What the call's pages share: the words of its lists, how a page is shown, and how a form is acted on."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Response, make_response, redirect, render_template, url_for
from marshmallow import Schema

from shared.problem import Refusal
from shared.sentences import marked
from shared.web.forms import Form, read, refused

LANGUAGES: Mapping[str, str] = {
    "en": marked("English"),
    "fr": marked("French"),
    "es": marked("Spanish"),
    "nl": marked("Dutch"),
    "de": marked("German"),
}


def page(template: str, *, form: Form | None = None, status: int = 200, **context: Any) -> Response:
    """A page of the call."""
    return make_response(render_template(f"call/{template}", form=form or Form(), **context), status)


def see(endpoint: str, **values: Any) -> Response:
    """Go there after a form."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))


def submitted(
    schema: type[Schema], sent: dict[str, Any], act: Callable[[Any], Response], *, again: Callable[..., Response]
) -> Response:
    """Act on a form, or show it again with what was refused and everything that was entered."""
    try:
        return act(read(schema(), sent))
    except Refusal as refusal:
        return again(form=refused(refusal), status=refusal.status)
