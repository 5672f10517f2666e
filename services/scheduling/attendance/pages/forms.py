"""What attendance's pages have in common: where they find things, and where they go after a form."""

import uuid
from typing import Any, cast

from flask import Response, redirect, url_for

from services.scheduling.attendance.domain.rules import Rules
from services.scheduling.attendance.store.rules import rules_at
from shared.parts import current
from shared.web.current import database


def tables() -> Rules:
    """The rules for points of the installation, by which schemes are called."""
    return current(Rules)


def tables_of(conference: str) -> Rules:
    """The rules by which points of a conference are reckoned."""
    return rules_at(database(), conference, rules=tables())


def new_key() -> str:
    """A fresh form's key."""
    return str(uuid.uuid4())


def see(endpoint: str, **values: Any) -> Response:
    """After a form: the page that shows what it did."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))
