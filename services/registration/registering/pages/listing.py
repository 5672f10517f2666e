"""Who has registered for a conference, as the desk's list shows it and as a file: searched, narrowed, sorted."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from flask import Response, url_for

from services.registration.people.domain import Contact
from services.registration.people.store import contacts_of, persons_like
from services.registration.registering import store
from services.registration.registering.domain.registrations import Life, Registration, Tender
from shared.web import tables
from shared.web.current import database
from shared.web.paging import Page, Sort, find_all, find_page
from shared.web.tables import Asked, Column, Filter, Kind, Shown, Sum, Table

BATCH_SIZE = 500  # contacts that are read together, for a file
LIVES: Mapping[Life, str] = {
    Life.SUBMITTED: "not paid yet",
    Life.CONFIRMED: "confirmed",
    Life.CONFIRMED_UNPAID: "confirmed on a purchase order",
    Life.CANCELLED: "ended",
    Life.LEFT: "left",
}


class Row(NamedTuple):
    """A registration, and whose it is."""

    registration: Registration
    contact: Contact | None


def _table(conference: str, *, zone: str) -> Table[Row]:
    return Table(
        name=f"registrations-{conference}",
        columns=(
            Column(
                name="name",
                label="Name",
                value=lambda row: row.contact.name if row.contact else "",
                link=lambda row: f"/registration/desk/people/{row.registration.person}",
            ),
            Column(
                name="email",
                label="E-mail",
                value=lambda row: row.contact.email if row.contact else "",
                only_in_files=True,
            ),
            Column(
                name="address",
                label="Postal address",
                value=lambda row: ", ".join(row.contact.postal_address) if row.contact else "",
                only_in_files=True,
            ),
            Column(name="state", label="State", value=lambda row: LIVES[row.registration.life]),
            Column(
                name="tender",
                label="Pays by",
                value=lambda row: row.registration.tender.value.replace("_", " "),
                is_wide=True,
            ),
            Column(
                name="price",
                label="Price",
                value=lambda row: Sum(row.registration.total_minor, row.registration.currency),
                kind=Kind.SUM,
            ),
            Column(name="guests", label="Guests", value=lambda row: len(row.registration.guests), kind=Kind.COUNT),
            Column(
                name="registered",
                label="Registered",
                value=lambda row: row.registration.submitted_at,
                kind=Kind.INSTANT,
                sort="_id",  # ids are made in the order of submission
                is_wide=True,
            ),
            Column(
                name="invoice",
                label="Invoice",
                value=lambda row: row.registration.invoice,
                sort="invoice",
                is_wide=True,
            ),
        ),
        filters=(
            Filter(name="state", label="State", choices={life.value: words for life, words in LIVES.items()}),
            Filter(
                name="tender", label="Pays by", choices={each.value: each.value.replace("_", " ") for each in Tender}
            ),
        ),
        search="A name, an e-mail address, a town, or the number of an invoice.",
        first=Sort(),
        zone=zone,
    )


def shown(conference: str, *, zone: str) -> Shown[Row]:
    """The page of the list that this request's address asks for."""
    table = _table(conference, zone=zone)
    asked = table.asked()
    page = find_page(
        database(),
        store.REGISTRATIONS,
        _where(conference, asked),
        sort=asked.sort,
        after=asked.after,
        limit=tables.PAGE_LENGTH,
    )
    path = url_for("desk.show_conference", conference=conference)
    return Shown(table=table, asked=asked, page=Page(list(_rows(page.rows)), page.next), path=path)


def file(conference: str, *, zone: str) -> Response | None:
    """The whole list as the file that was asked for; None when none was."""
    table = _table(conference, zone=zone)
    asked = table.asked()
    if not asked.file:
        return None
    where = _where(conference, asked)
    found = find_all(database(), store.REGISTRATIONS, where, sort=asked.sort)
    return table.file(_rows(found), kind=asked.file)


def _where(conference: str, asked: Asked) -> dict[str, Any]:
    life, tender = asked.filters.get("state"), asked.filters.get("tender")
    where: dict[str, Any] = {"conference": conference, "life": {"$in": [life] if life else list(Life)}}
    where |= {"tender": tender} if tender else {}
    if asked.query:
        persons = persons_like(database(), asked.query)
        where |= {"$or": [{"person": {"$in": persons}}, {"invoice": asked.query.upper()}]}
    return where


def _rows(found: Iterable[Registration]) -> Iterator[Row]:
    left = iter(found)
    while some := tuple(islice(left, BATCH_SIZE)):
        contacts = contacts_of(database(), [each.person for each in some])
        yield from (Row(each, contacts.get(each.person)) for each in some)
