"""What attendance's pages have in common: where they find things, and where they go after a form."""

import uuid
from typing import Any, cast

from flask import Response, redirect, url_for

from services.scheduling.attendance.domain.rules import Rules
from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from services.scheduling.conferences.store import conference_with_version
from shared.parts import current
from shared.web.current import database


def tables() -> Rules:
    """The rules for points."""
    return current(Rules)


def conference_of(id_: str) -> Conference:
    """A conference; raises `ConferenceUnknown`."""
    found = conference_with_version(database(), id_)
    if found is None:
        raise ConferenceUnknown("There is no conference under this address.")
    return found[0]


def new_key() -> str:
    """A fresh form's key."""
    return str(uuid.uuid4())


def see(endpoint: str, **values: Any) -> Response:
    """After a form: the page that shows what it did."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))
