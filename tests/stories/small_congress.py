"""The 79th congress in small, for stories: its draft, its speakers and its 241 registrants, brought in by the services'
own doors as they would come, and what each of them finds in the mailbox.

Owns the numbers of those who hold, star and wait for what. Leaves what happens to them to the stories.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from icalendar import Calendar

from deploy.acceptance.crowd import await_no_message_open, await_sent, for_all
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.story.people import Person, registrant
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, Deadline
from deploy.town.town import Town
from tests.engines import TestEngines
from tests.stories.towns import fresh_town

KEY, ZONE, CITY = "small-79th", "America/Chicago", "St. Louis"
BOUGHT_ON, WITHDRAWN_ON, DAY_AFTER_CHOOSING = date(2020, 3, 10), date(2020, 5, 12), date(2020, 5, 14)
FEE_MINOR, ACADEMY_MINOR = 57_500, 9_500

# Delegates are numbers. What they hold, star and wait for is chosen so that some have to do with several sessions.
DELEGATES = range(240)
A07, PAYING_BY_CHEQUE, A09 = range(28), range(4), range(28, 32)
STARRING_C31 = range(16, 228)
A02_SEATED, A02_WAITING = range(228, 234), (*range(234, 240), 16)
PANELIST = 40  # has starred C-31, and is to speak in it
WHITLOCK = 240  # registered too, on a complimentary place

ROOMS = [
    {"id": "hall", "name": "Washington Hall", "seats": 600},
    {"id": "larger", "name": "Lewis Room", "seats": 60},
    {"id": "smaller", "name": "Clark Room", "seats": 6},
    {"id": "other", "name": "Landing 4", "seats": 40},
]
APPROVED_4_H = {"scheme": "cmc", "minutes": 240}
SESSIONS: Mapping[str, dict[str, Any]] = {
    "A-07": {
        "title": "Records in a crisis",
        "kind": "academy",
        "minutes": 240,
        "seats_max": 28,
        "product": "a-07",
        "price_minor": ACADEMY_MINOR,
        "approval": APPROVED_4_H,
    },
    "A-09": {
        "title": "Public meetings by the book",
        "kind": "academy",
        "minutes": 240,
        "seats_max": 24,
        "product": "a-09",
        "price_minor": ACADEMY_MINOR,
        "approval": APPROVED_4_H,
    },
    "A-02": {"title": "First steps of a new clerk", "kind": "academy", "minutes": 240, "seats_max": 40},
    "C-31": {
        "title": "When the archive is under water",
        "kind": "concurrent",
        "minutes": 120,
        "approval": {"scheme": "cmc", "minutes": 120},
    },
}
PLACES = {
    "A-07": ("larger", "2020-05-17T08:00:00-05:00"),
    "A-02": ("smaller", "2020-05-17T08:00:00-05:00"),
    "A-09": ("other", "2020-05-18T08:00:00-05:00"),
    "C-31": ("hall", "2020-05-19T10:00:00-05:00"),
}
SPEAKERS = {"Whitlock": "Dr Ellen Whitlock", "Obi": "Adaeze Obi", "Bellamy": "Jo Bellamy", "Quinn": "Marta Quinn"}
CAST = {"A-07": ("Whitlock",), "C-31": ("Whitlock",), "A-02": ("Bellamy",), "A-09": ("Quinn",)}


def person_of(number: int) -> tuple[str, str]:
    """Name and address of a registrant."""
    if number == WHITLOCK:
        return SPEAKERS["Whitlock"], address_of("Whitlock")
    drawn: Person = registrant(story_key=KEY, index=number, has_email=True)
    assert drawn.email is not None
    return drawn.name, drawn.email


def address_of(speaker: str) -> str:
    """Where a speaker reads mail."""
    return f"{speaker.lower()}@speakers.example"


@dataclass(frozen=True)
class Mail:
    """One mail as its reader has it."""

    id: int
    purpose: str
    to: str
    text: str
    files: tuple[str, ...]  # the methods of its calendar files


@dataclass
class Congress:
    """The congress in one town, and who asks its services for what."""

    town: Addresses
    caller: Caller
    conference: str = ""
    sessions: dict[str, str] = field(default_factory=dict)  # ids by code
    persons: dict[str, str] = field(default_factory=dict)  # of speakers
    registered: dict[int, dict[str, Any]] = field(default_factory=dict)
    agendas: dict[int, str] = field(default_factory=dict)  # API addresses, by the registrant's number
    speaking: dict[str, str] = field(default_factory=dict)  # a speaker's own page, by speaker
    read_until: int = 0  # mails of before are not looked at again
    sent_before: dict[str, int] = field(default_factory=dict)  # by purpose

    @property
    def base(self) -> str:
        """The congress at scheduling's door."""
        return f"{self.town.scheduling}/scheduling/conferences/{self.conference}"

    @cached_property
    def _desk(self) -> requests.Session:
        session = requests.Session()
        session.auth = self.town.committee
        return session

    def edit(self, method: str, path: str, body: Mapping[str, Any], *, seen: str = "*") -> dict[str, Any]:
        """The committee edits what it has seen; answers what it is then."""
        headers = {"If-Match": seen, "Idempotency-Key": uuid4().hex}
        answer = self._desk.request(method, f"{self.base}/{path}", json=body, headers=headers, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        made: dict[str, Any] = answer.json()
        return made

    def look(self, path: str) -> Any:
        """What the committee sees."""
        return self.caller.get(f"{self.base}/{path}", account=self.town.committee)

    def release(self, name: str) -> dict[str, Any]:
        """Preview and release, and return when everybody whom it touches has been told; answers the preview."""
        preview: dict[str, Any] = self.look("releases/preview")
        assert preview["may_be_released"], preview["conflicts"]
        number = self.edit("POST", "releases", {"name": name}, seen=f'"{preview["seen"]}"')["number"]
        self.wait(lambda: self.look(f"releases/{number}")["news"]["is_over"], missing=f"the news of release {number}")
        return preview

    def wait(self, holds: Any, *, missing: str) -> None:
        """Return when something holds."""
        self.caller.deadline.wait_until(lambda: bool(holds()), missing=lambda: missing)

    def all(self, do: Any, each: Sequence[Any], *, said: str = "done") -> list[Any]:
        """Do something for everyone, several at a time."""
        return for_all(do, each, said=said, say=lambda _: None)

    def await_mails(self, purpose: str, *, count: int) -> None:
        """Return when so many of a purpose have been sent since the mailbox was last emptied."""
        await_sent(self.town, self.caller, purpose=purpose, count=count + self.sent_before.get(purpose, 0))
        await_no_message_open(self.town, self.caller)

    def empty_mailbox(self) -> None:
        """Everybody has read what came until now."""
        await_all_heard(self.town, self.caller)
        url = f"{self.town.notifications}/notifications/summary"
        counts = self.caller.get(url, account=self.town.committee)["by_purpose"]
        self.sent_before = {purpose: int(each.get("accepted", 0)) for purpose, each in counts.items()}
        self.read_until = int(self.caller.get(f"{self.town.mailbox}/summary.json")["mails"])

    def mails(self, purpose: str) -> Iterator[Mail]:
        """Every mail of a purpose that is in the mailbox, in the order in which they came."""
        for mail in self.caller.lines(f"{self.town.mailbox}/messages.jsonl", after=str(self.read_until)):
            if mail["headers"].get("X-Reconvene-Purpose") == purpose:
                methods = tuple(each["method"] for each in mail["attachments"])
                yield Mail(mail["id"], purpose, mail["to"][0], mail["text"], methods)

    def by_reader(self, purpose: str) -> dict[str, list[Mail]]:
        """The same, by address."""
        found: dict[str, list[Mail]] = defaultdict(list)
        for each in self.mails(purpose):
            found[each.to].append(each)
        return dict(found)

    def calendar_files(self, mail: Mail) -> dict[str, Any]:
        """The sessions in a mail's calendar files, by UID."""
        files = range(1, len(mail.files) + 1)
        read = (self.caller.get_text(f"{self.town.mailbox}/messages/{mail.id}/attachments/{each}") for each in files)
        return {str(event["UID"]): event for each in read for event in Calendar.from_ical(each).events}

    def feed(self, address: str) -> dict[str, Any]:
        """The sessions of a calendar that somebody subscribes to, by UID."""
        events = Calendar.from_ical(self.caller.get_text(address)).events
        return {str(event["UID"]): event for event in events}


@dataclass(frozen=True)
class Standing:
    """A town with the congress in it."""

    town: Town
    congress: Congress
    deadline: Deadline


@contextmanager
def standing(engines: TestEngines, folder: Path) -> Iterator[Standing]:
    """A fresh town in which the congress stands as two months before it begins, for as long as the block runs."""
    with fresh_town(engines, folder) as (town, deadline):
        yield Standing(town, hold(town.addresses, Caller(deadline)), deadline)


def hold(town: Addresses, caller: Caller) -> Congress:
    """The congress two months before: announced, released, open, with everybody in it."""
    congress = Congress(town, caller)
    clocks.move(town, caller, to=clocks.opening(BOUGHT_ON, zone=ZONE))
    _announce(congress)
    _draft(congress)
    _open(congress)
    congress.release("First programme")
    _read_what_speakers_got(congress)
    numbers = [*DELEGATES, WHITLOCK]
    congress.registered = dict(congress.all(lambda each: _register(congress, each), numbers))
    _await_confirmed(congress)
    _open_agendas(congress)
    congress.all(lambda each: _star(congress, each), STARRING_C31)
    for number in (*A02_SEATED, *A02_WAITING):  # one after the other: who comes first sits
        _sign_up(congress, number)
    congress.empty_mailbox()
    return congress


def _announce(congress: Congress) -> None:
    body = {
        "key": KEY,
        "title": "79th Congress, in small",
        "city": CITY,
        "zone": ZONE,
        "currency": "USD",
        "starts": "2020-05-17",
        "ends": "2020-05-20",
    }
    base, account = f"{congress.town.scheduling}/scheduling/conferences", congress.town.committee
    congress.conference = str(congress.caller.post(base, body, key=f"{KEY}:create", account=account)["id"])
    congress.caller.post(f"{congress.base}/announce", {}, key=f"{KEY}:announce", account=account)


def _draft(congress: Congress) -> None:
    congress.edit("PUT", "draft", {"rooms": ROOMS})
    for speaker, name in SPEAKERS.items():
        congress.persons[speaker] = introduce(congress, name, address_of(speaker))
    for code, fields in SESSIONS.items():
        made = congress.edit("POST", "sessions", {"code": code, **fields})
        congress.sessions[code] = str(made["id"])
        room, starts = PLACES[code]
        cast = [{"person": congress.persons[each], "is_confirmed": True} for each in CAST[code]]
        congress.edit("PUT", f"sessions/{made['id']}/slot", {"room": room, "starts": starts})
        congress.edit("PUT", f"sessions/{made['id']}/cast", {"cast": cast})


def introduce(congress: Congress, name: str, email: str) -> str:
    """The committee brings a speaker in; answers the person."""
    return str(congress.edit("POST", "speakers", {"name": name, "email": email})["id"])


def _open(congress: Congress) -> None:
    caller, account = congress.caller, congress.town.committee
    url = f"{congress.town.registration}/registration/conferences/{congress.conference}"
    caller.until_known(lambda: caller.get(url), missing="registration's word of the congress")
    options = [
        {
            "key": code.lower(),
            "label": f"{code} {SESSIONS[code]['title']}",
            "amount_minor": ACADEMY_MINOR,
            "session": congress.sessions[code],
            "place_count": SESSIONS[code]["seats_max"],
        }
        for code in ("A-07", "A-09")
    ]
    categories = [
        {"key": "delegate", "label": "Delegate", "amount_minor": FEE_MINOR},
        {"key": "speaker", "label": "Speaker, complimentary", "amount_minor": 0},
    ]
    caller.put(f"{url}/fees", {"categories": categories, "options": options}, account=account)
    caller.post(f"{congress.base}/open", {}, key=f"{KEY}:open", account=account)
    congress.wait(lambda: caller.get(url)["open"], missing="registration's word that it is open")


def link_in(text: str, path: str) -> str:
    """The first link of a mail to a page whose path begins so, wherever the door is by which people come."""
    return next(each for each in text.split() if urlsplit(each).path.startswith(path))


def _read_what_speakers_got(congress: Congress) -> None:
    """The first release tells each speaker, with the way to their own page."""
    congress.await_mails("programme_changed", count=len({each for cast in CAST.values() for each in cast}))
    received = congress.by_reader("programme_changed")
    for speaker in ("Whitlock", "Bellamy", "Quinn"):
        (mail,) = received[address_of(speaker)]
        congress.speaking[speaker] = link_in(mail.text, "/scheduling/speaking/")


def _register(congress: Congress, number: int) -> tuple[int, dict[str, Any]]:
    name, email = person_of(number)
    tender = "cheque" if number in PAYING_BY_CHEQUE else "card" if number in (*A07, WHITLOCK) else "purchase_order"
    body = {
        "conference": congress.conference,
        "category": "speaker" if number == WHITLOCK else "delegate",
        "tender": tender,
        "person": {"name": name, "email": email, "postal_address": ["1 Market Street", "Springfield, IL 62701"]},
        "options": ["a-07"] if number in A07 else ["a-09"] if number in A09 else [],
    }
    url = f"{congress.town.registration}/registration/registrations"
    made = congress.caller.post(url, body, key=f"{KEY}:{number}", account=congress.town.committee)
    if number != WHITLOCK:
        _settle(congress, number, made, tender=tender)
    return number, made


def _settle(congress: Congress, number: int, made: Mapping[str, Any], *, tender: str) -> None:
    """Pay by card or cheque, or have the town's order accepted."""
    caller, town, missing = congress.caller, congress.town, "payments' word of a new order"
    minor = FEE_MINOR + (ACADEMY_MINOR if number in (*A07, *A09) else 0)
    order = f"{town.payments}/payments/orders/{made['order']}"
    if tender == "card":
        paying = caller.until_known(lambda: caller.post(made["pay"], key=f"{KEY}:pay:{number}"), missing=missing)
        checkout = paying.get("session") or urlsplit(paying["url"]).path.rpartition("/")[2]
        caller.post(f"{town.provider}/_provider/checkout/{checkout}/pay", {"method": "works"})
        return
    what, body = "purchase-order", {"number": f"PO-{number}", "dated": BOUGHT_ON.isoformat(), "limit_minor": minor}
    if tender == "cheque":
        what, body = "payments", {"tender": tender, "amount_minor": minor, "currency": "USD"}
        body |= {"reference": f"CHEQUE-{number}", "received_on": BOUGHT_ON.isoformat()}
    key, account = f"{KEY}:{what}:{number}", town.finance
    caller.until_known(lambda: caller.post(f"{order}/{what}", body, key=key, account=account), missing=missing)


def _await_confirmed(congress: Congress) -> None:
    count = len(congress.registered)
    congress.wait(
        lambda: congress.look("preview")["registration_count"] == count, missing=f"{count} confirmed registrations"
    )
    await_sent(congress.town, congress.caller, purpose="registration_confirmed", count=count)


def _open_agendas(congress: Congress) -> None:
    """Each finds the way to their agenda in the mail that confirms the registration."""
    confirmed = congress.by_reader("registration_confirmed")
    for number in congress.registered:
        (mail,) = confirmed[person_of(number)[1]]
        link = link_in(mail.text, "/scheduling/agenda/")
        congress.agendas[number] = link.replace("/scheduling/agenda/", "/scheduling/agendas/")


def _star(congress: Congress, number: int) -> None:
    body = {"sessions": [congress.sessions["C-31"]]}
    congress.caller.put(f"{congress.agendas[number]}/stars", body)


def _sign_up(congress: Congress, number: int) -> None:
    url = f"{congress.agendas[number]}/sessions/{congress.sessions['A-02']}/seat"
    made = congress.caller.post(url, {"at_that_time": "keep_both"}, key=f"{KEY}:seat:{number}")
    assert made["standing"] == ("signed_up" if number in A02_SEATED else "waits"), (number, made)
