"""The desk's list of messages: by recipient, kind, state and what they are about; and as a file."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from flask import request, url_for

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS, persons_like
from services.notifications.delivery import schemas
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.store import documents
from shared.web.current import database
from shared.web.paging import Page, Sort, find_all, find_page
from shared.web.tables import PAGE_LENGTH, Asked, Column, Filter, Kind, Table

BATCH_SIZE = 500  # contacts that are read together, for a file
STATES: Mapping[State, str] = {
    State.PLANNED: "planned",
    State.UNWRITABLE: "can't be written",
    State.RENDERED: "written",
    State.SENDING: "on its way",
    State.ACCEPTED: "accepted",
    State.BOUNCED: "came back",
    State.AMBIGUOUS: "in doubt",
    State.TOLD: "told another way",
    State.COVERED: "not needed",
}


class Row(NamedTuple):
    """A message, and whom it is for."""

    message: Message
    contact: Contact | None

    @property
    def name(self) -> str:
        """What its recipient is called."""
        return self.contact.name if self.contact and self.contact.name else "name not known yet"

    @property
    def way(self) -> str:
        """How it goes."""
        return "not sent" if self.message.state is State.COVERED else self.message.channel or "not known yet"


def table(purposes: Mapping[Purpose, str]) -> Table[Row]:
    """All messages, the newest first; `purposes` are the words for each."""
    return Table(
        name="messages",
        columns=(
            Column(
                name="message",
                label="Message",
                value=lambda row: purposes[row.message.purpose],
                link=lambda row: url_for("pages.show_message", message=row.message.id),
            ),
            Column(
                name="recipient",
                label="Recipient",
                value=lambda row: row.name,
                link=lambda row: url_for("pages.show_desk", recipient=row.message.recipient),
            ),
            Column(name="state", label="State", value=lambda row: STATES[row.message.state]),
            Column(name="way", label="By", value=lambda row: row.way, is_wide=True),
            Column(
                name="planned",
                label="Planned",
                value=lambda row: row.message.planned_at,
                kind=Kind.INSTANT,
                sort="serial",  # which begins with the time
                is_wide=True,
            ),
        ),
        filters=(
            Filter(name="purpose", label="Message", choices={each.value: words for each, words in purposes.items()}),
            Filter(name="state", label="State", choices={each.value: words for each, words in STATES.items()}),
            Filter(name="channel", label="By", choices={each: each for each in schemas.CHANNELS}),
            Filter(name="subject", label="Id of what it is about", hint="Of a registration, a session, a programme."),
        ),
        search="A name, an e-mail address or a town.",
        search_label="Recipient",
        search_name="recipient",
        first=Sort("serial", is_descending=True),
    )


def page_of(asked: Asked) -> Page[Row]:
    """The page that was asked for."""
    found = find_page(
        database(), documents.MESSAGES, _where(asked), sort=asked.sort, after=asked.after, limit=PAGE_LENGTH
    )
    return Page(list(_rows(found.rows)), found.next)


def every_of(asked: Asked) -> Iterator[Row]:
    """All of them, for a file."""
    return _rows(find_all(database(), documents.MESSAGES, _where(asked), sort=asked.sort))


def _where(asked: Asked) -> dict[str, Any]:
    """Which messages; raises marshmallow's `ValidationError` for an id that can't be one."""
    run = request.args.get("run", "").strip()
    where = dict(
        schemas.MessageSearch(exclude=("after", "limit")).load({**asked.filters, **({"run": run} if run else {})})
    )
    if asked.query:
        where["recipient"] = {"$in": [asked.query, *persons_like(database(), asked.query)]}
    return where


def _rows(found: Iterable[Message]) -> Iterator[Row]:
    left = iter(found)
    while some := tuple(islice(left, BATCH_SIZE)):
        contacts = documents.by_ids(database(), CONTACTS, [each.recipient for each in some])
        yield from (Row(each, contacts.get(each.recipient)) for each in some)
