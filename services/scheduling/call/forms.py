"""What the call's forms share: what was entered comes back with what was refused of it, and a form is sent once."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Response, make_response, redirect, render_template, request, url_for

from services.scheduling import store as conferences
from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from services.scheduling.programme.domain import Kind
from shared.idempotency import run_once
from shared.problem import Refusal
from shared.web.current import database
from shared.web.documented import form_key

KIND_WORDS: Mapping[Kind, str] = {
    Kind.GENERAL: "General session",
    Kind.CONCURRENT: "Concurrent session",
    Kind.ACADEMY: "Academy",
    Kind.DIALOGUE: "Athenian Dialogue",
    Kind.REGION: "Region meeting",
    Kind.ROUND_TABLE: "Round table",
    Kind.ORIENTATION: "Orientation",
    Kind.EXHIBIT: "Exhibit",
    Kind.SOCIAL: "Social event",
    Kind.BREAK: "Break",
    Kind.PLENARY: "Plenary",
}
LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "French", "es": "Spanish", "nl": "Dutch", "de": "German"}


@dataclass(frozen=True, slots=True)
class Form:
    """What was entered and what was refused of it: by field, or as a whole."""

    values: Mapping[str, Any] = field(default_factory=dict)
    picked: Mapping[str, list[str]] = field(default_factory=dict)  # of what may be ticked several times
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))


def conference_of(id_: str, *, is_desk: bool) -> Conference:
    """The conference; a draft is there for the committee only."""
    found = conferences.conference_with_version(database(), id_)
    if found is None or not (found[0].is_public or is_desk):
        raise ConferenceUnknown("There is no conference under this address.")
    return found[0]


def entered(messages: Mapping[str, Any] | None = None, *, refusal: str = "") -> Form:
    """What was sent, with what is wrong; with a fresh key, because what is sent next is another request."""
    errors = {str(name): first(found) for name, found in (messages or {}).items()}
    picked = {name: request.form.getlist(name) for name in request.form}
    return Form(values=request.form.to_dict(), picked=picked, errors=errors, refusal=refusal)


def refused(refusal: Refusal) -> Form:
    """What was sent, with what was refused by its field, or else as a whole."""
    fields = refusal.facts.get("errors", {}).get("json", {})
    return entered(fields, refusal="" if fields else refusal.detail)


def first(found: Any) -> str:
    """The first sentence of what is wrong with a field, wherever in it that was found."""
    while isinstance(found, dict | list):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return str(found)


def once(command: Callable[..., Any], /, *, scope: str, answer: Callable[[Any], Any], **arguments: Any) -> Any:
    """Run a command once for each form that was shown, however often its button is pressed."""
    key = form_key()
    return run_once(database(), command, key=key, scope=scope, answer=answer, **arguments)


def version_seen() -> int:
    """Which version the form was made from; one that says nothing sensible has seen none that there is."""
    told = request.form.get("seen", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else -1


def page(template: str, *, form: Form | None = None, status: int = 200, **context: Any) -> Response:
    """A page of the call."""
    return make_response(render_template(f"scheduling/call/{template}", form=form or Form(), **context), status)


def see(endpoint: str, **values: Any) -> Response:
    """Go there after a form."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))
