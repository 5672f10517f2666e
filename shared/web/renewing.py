"""Asking for a new link: whoever has one that has expired may have another sent, to the address that is known."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from pymongo import ASCENDING
from pymongo.operations import IndexModel

from shared.collection import Collection
from shared.parts import current
from shared.sentences import marked
from shared.web.pace import Pace

IN_AN_HOUR_MAX = 3
KEPT_SECONDS = 30 * 24 * 3600
TOO_MANY = marked(
    "New links were sent for this one within the hour. No other one was sent; please look into your mail."
)


class LinkPace(Pace):
    """When new links were asked for, by what they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLink:
    """Somebody has asked for a new link."""

    id: str
    person: str
    made_at: datetime  # on the host's clock


ASKED_LINKS = Collection(
    "asked_links",
    AskedLink,
    (IndexModel([("made_at", ASCENDING)], name="kept", expireAfterSeconds=KEPT_SECONDS),),
)


def must_be_slow(about: str) -> None:
    """Raises `TooManyForms` when somebody asks again and again for the same link."""
    pace = current(LinkPace)
    limits = {f"link:{about}": IN_AN_HOUR_MAX}
    pace.must_be_slow(limits, otherwise=TOO_MANY)
    pace.count(*limits)


def link_sent() -> str:
    """The word that a new link is on its way; whose address it goes to is not said."""
    return render_template("link_sent.html")
