"""Measures the desks' lists with a large conference: their pages, searched and narrowed and sorted, and their files.

Registrants and messages are put into the databases as they would be, with names, addresses and towns as people have
them, so that a search finds some and not others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from services.notifications import app as notifications
from services.notifications.contacts.domain import Contact as Known
from services.notifications.contacts.store import CONTACTS
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.store.documents import MESSAGES
from services.registration import app as registration
from services.registration.people.domain import Contact, Person, identity_of
from services.registration.people.store import PEOPLE
from services.registration.prices.domain.conferences import Conference
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Life, Registration, Tender
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.registration import OrderLine, RefundTerms
from shared.process import Parts
from tests.bench.alone import alone, insert, shown_seconds
from tests.bench.figures import Goal, Measurement, rounded

SIZE = 15_000
CONFERENCE, FEE_MINOR = "74th", 57500
PAGE_MILLISECONDS = Goal(figure=300, is_upper=True)
FILE_SECONDS = Goal(figure=3, is_upper=True)
REPEAT_COUNT = 5
SEARCHES = ("pena", "ana+nieuwpoort", "clerk14321", "main", "INV-2020-000000007919", "nobody")
AT = datetime(2020, 3, 2, 9, tzinfo=UTC)
FIRST_NAMES = ("Dana", "Tom", "Ana", "Maïté", "Ruth", "Joris", "Zoë", "Peter", "Ingrid", "Luis", "Grace")
LAST_NAMES = ("Whitfield", "Okafor", "Peña", "Van Damme", "Marchand", "Lindqvist", "O'Neill", "Brandt", "Castillo")
TOWNS = ("Millbrook", "Saint-Hubert", "Nieuwpoort", "Cedar Falls", "Sault Ste. Marie", "Oak Park", "Überlingen")


class List(NamedTuple):
    """A service's list: who opens it, how it is put together and filled, and which pages of it are looked at."""

    service: str
    role: str
    create: Callable[..., Parts]
    fill: Callable[[Parts, int], None]
    path: str
    pages: Sequence[str]


def measure(environment: Mapping[str, str], sizes: Sequence[int]) -> Iterator[Measurement]:
    """For each list and size: its slowest page, and its file as a workbook."""
    for size in sizes:
        for each in LISTS:
            with alone(each.service, each.create, environment) as parts:
                each.fill(parts, size)
                yield _slowest_page(each, parts, size)
                yield _file(each, parts, size)
                yield _slowest_search(each, parts, size)


def _slowest_page(each: List, parts: Parts, size: int) -> Measurement:
    client = parts.web.test_client()

    def fastest(page: str) -> float:
        return min(shown_seconds(client, each.path + page, role=each.role) for _ in range(REPEAT_COUNT)) * 1000

    milliseconds = {page or "first": fastest(page) for page in each.pages}
    return Measurement(
        name=f"slowest page of the list of {size} in {each.service}",
        figure=max(milliseconds.values()),
        unit="ms",
        goal=PAGE_MILLISECONDS,
        more={"milliseconds": {page: rounded(figure) for page, figure in milliseconds.items()}},
    )


def _slowest_search(each: List, parts: Parts, size: int) -> Measurement:
    """What this desk says to the one search box, and what waits there, which is on the page of all desks."""
    client = parts.web.test_client()
    desk = f"/{each.service}/desk"
    asked = ("waiting", *(f"search?query={query}" for query in SEARCHES))
    milliseconds = {
        page: min(shown_seconds(client, f"{desk}/{page}", role=each.role) for _ in range(REPEAT_COUNT)) * 1000
        for page in asked
    }
    return Measurement(
        name=f"slowest answer to the search box over {size} in {each.service}",
        figure=max(milliseconds.values()),
        unit="ms",
        goal=PAGE_MILLISECONDS,
        more={"milliseconds": {page: rounded(figure) for page, figure in milliseconds.items()}},
    )


def _file(each: List, parts: Parts, size: int) -> Measurement:
    client = parts.web.test_client()
    seconds = {kind: shown_seconds(client, f"{each.path}?as={kind}", role=each.role) for kind in ("csv", "xlsx")}
    return Measurement(
        name=f"workbook of the list of {size} in {each.service}",
        figure=seconds["xlsx"],
        unit="s",
        goal=FILE_SECONDS,
        more={"csv_seconds": rounded(seconds["csv"])},
    )


def _contact(number: int) -> Contact:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[number // 3 % len(LAST_NAMES)]
    town = TOWNS[number // 7 % len(TOWNS)]
    address = ("Town Hall", f"{number % 200 + 1} Main Street", town)
    return Contact(name=f"{first} {last}", email=f"clerk{number:05}@town{number % 400}.example", postal_address=address)


def _fill_registration(parts: Parts, size: int) -> None:
    known = Conference(
        id=CONFERENCE,
        title="74th Annual Conference",
        city="St. Louis",
        zone="America/Chicago",
        currency="USD",
        starts=date(2020, 5, 17),
        ends=date(2020, 5, 20),
        is_opened=True,
    )
    insert(parts, CONFERENCES, [known])
    insert(parts, PEOPLE, map(_person, range(size)))
    insert(parts, REGISTRATIONS, map(_registration, range(size)))


def _person(number: int) -> Person:
    contact = _contact(number)
    return Person(id=f"per_{number:07}", identity=identity_of(contact), contact=contact)


def _registration(number: int) -> Registration:
    return Registration(
        id=f"reg_{number:07}",
        conference=CONFERENCE,
        person=f"per_{number:07}",
        order=f"ord_{number:07}",
        category="delegate",
        tender=tuple(Tender)[number % len(Tender)],
        currency="USD",
        lines=(OrderLine(kind="fee", amount_minor=FEE_MINOR),),
        terms=RefundTerms(),
        guests=(),
        submitted_at=AT + timedelta(minutes=number),
        invoice=f"INV-2020-{number * 7919 % 1_000_000:012}",
        life=(Life.SUBMITTED, Life.CONFIRMED)[number % 2],
    )


def _fill_notifications(parts: Parts, size: int) -> None:
    insert(parts, CONTACTS, map(_known, range(size)))
    insert(parts, MESSAGES, map(_message, range(size)))


def _known(number: int) -> Known:
    contact = _contact(number)
    return Known(id=f"per_{number:07}", name=contact.name, email=contact.email, postal_address=contact.postal_address)


def _message(number: int) -> Message:
    planned_at = AT + timedelta(minutes=number)
    facts: dict[str, Any] = {"invoice": f"INV-2020-{number:012}", "amount_minor": FEE_MINOR, "currency": "USD"}
    return Message(
        id=f"msg_{number:07}",
        serial=f"{number:020}",
        purpose=(Purpose.REGISTRATION_RECEIVED, Purpose.REGISTRATION_CONFIRMED)[number % 2],
        subject=f"reg_{number:07}",
        revision="",
        recipient=f"per_{number:07}",
        conference=CONFERENCE,
        run=None,
        facts=facts,
        is_critical=False,
        planned_at=planned_at,
        state=State.BOUNCED if number % 50 == 0 else State.ACCEPTED,
        channel="mail",
        accepted_at=planned_at,
    )


LISTS = (
    List(
        service="registration",
        role="committee",
        create=registration.create,
        fill=_fill_registration,
        path=f"/registration/desk/conferences/{CONFERENCE}",
        pages=(
            "",
            "?after=reg_0007500",
            "?state=confirmed&tender=cheque",
            "?sort=-invoice",
            "?q=pena",
            "?q=ana+nieuwpoort&sort=invoice",
            "?q=clerk14321",
            "?q=main",
            "?q=nobody",
        ),
    ),
    List(
        service="notifications",
        role="committee",
        create=notifications.create,
        fill=_fill_notifications,
        path="/notifications/desk",
        pages=(
            "",
            "?state=bounced",
            "?purpose=registration_received&sort=planned",
            "?recipient=pena",
            "?recipient=clerk14321",
            "?recipient=main",
            "?recipient=nobody",
        ),
    ),
)
