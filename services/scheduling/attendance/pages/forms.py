"""What attendance's pages have in common: where they find things, and where they go after a form."""

import uuid
from typing import Any, cast

from flask import Response, redirect, url_for

from services.scheduling.attendance.domain.rules import Rules
from shared.parts import current


def tables() -> Rules:
    """The rules for points."""
    return current(Rules)


def new_key() -> str:
    """A fresh form's key."""
    return str(uuid.uuid4())


def see(endpoint: str, **values: Any) -> Response:
    """After a form: the page that shows what it did."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))
