"""What attendance's pages have in common: where they find things, and a form's command run once."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, redirect, url_for

from services.scheduling.attendance.domain.rules import Rules
from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from services.scheduling.conferences.store import conference_with_version
from shared import idempotency
from shared.parts import current
from shared.web.current import database
from shared.web.documented import form_key


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was refused: why, and what had been entered."""

    sentence: str
    about: str = ""  # the session that it was about
    words: str = ""


def tables() -> Rules:
    """The rules for points."""
    return current(Rules)


def conference_of(id_: str) -> Conference:
    """A conference; raises `ConferenceUnknown`."""
    found = conference_with_version(database(), id_)
    if found is None:
        raise ConferenceUnknown("There is no conference under this address.")
    return found[0]


def once(command: Callable[..., Any], *, scope: str, **arguments: Any) -> Any:
    """Run a command once for each form that was shown, however often its button is pressed."""
    key = form_key()
    return idempotency.run_once(
        database(), command, key=key, scope=f"form:{scope}", answer=lambda _: {"done": True}, **arguments
    )


def new_key() -> str:
    """A fresh form's key."""
    return str(uuid.uuid4())


def see(endpoint: str, **values: Any) -> Response:
    """After a form: the page that shows what it did."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))
