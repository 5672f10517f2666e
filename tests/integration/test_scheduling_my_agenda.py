"""My agenda as pages on the real database, in a browser that runs no scripts: what is shown, and what the forms do."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.scheduling.agendas.domain.rosters import Hold
from services.scheduling.programme.domain.programme import Kind, Speaker
from services.scheduling.programme.store.programme import SPEAKERS
from services.scheduling.releases.domain import differences
from services.scheduling.releases.domain.releases import Entry, Part, Release, State, release_id
from services.scheduling.releases.store.releases import RELEASES, latest
from shared.auth import sign
from shared.change import Change
from tests.integration.agendas_house import START, House, agendas
from tests.integration.scheduling_town import MORNING, Scheduling, Visitor
from tests.namespaces import Namespace

_FORM = re.compile(r'<form[^>]*action="([^"]+)">(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side."""
    with agendas(module_namespace) as first:
        yield first.town


@pytest.fixture
def house(town: Scheduling) -> Iterator[House]:
    """A conference of this test's own, on the morning of 9 April."""
    yield House(town, town.opened())
    town.service.parts.database.clock.move(MORNING)


def publish(house: House, **changed: dict[str, Any]) -> None:
    """Publish what is seated, with what is changed of single sessions, as the next release shows it."""
    before = _latest(house)
    number = before.number + 1 if before else 1
    entries = []
    for session, (sitting, seats) in house.sittings.items():
        entry = Entry(
            session=session,
            code=sitting.code,
            uid=f"{session}@reconvene.example",
            sequence=0,
            state=State.CANCELLED if sitting.is_cancelled else State.PUBLISHED,
            title=sitting.title,
            kind=Kind.CONCURRENT,
            room=sitting.room,
            room_name=sitting.room,
            starts=sitting.starts,
            ends=sitting.ends,
            revised_at=MORNING,
            parts=(Part(person="per_speaker", name="Dr Sam Whitlock", role="speaker"),),
            seats=seats,
            product=sitting.product,
            price_minor=9500 if sitting.product else 0,
        )
        entries.append(replace(entry, **changed.get(session, {})))
    release = Release(
        id=release_id(house.conference, number),
        conference=house.conference,
        number=number,
        name=f"release {number}",
        released_at=MORNING,
        released_by="committee",
        rooms=(),
        tracks=(),
        entries=differences.in_order(entries),
    )
    house.database.transact(lambda unit: unit.create(RELEASES, Change(release)))


def _latest(house: House) -> Release | None:
    return latest(house.database, house.conference)


class Person:
    """Somebody who opens their agenda in a browser."""

    def __init__(self, house: House, name: str, *options: str) -> None:
        self.house = house
        self.name = name
        house.delegate(name, *options)
        settings = house.town.service.parts.settings
        self.path = f"/agenda/{sign(settings, purpose='agenda', id_=f'{house.conference}:{name}')}"
        self.browser: Visitor = house.town.visitor()

    def sees(self, path: str = "") -> str:
        response = self.browser.see(self.path + path)
        assert response.status_code == 200, response.text
        return text_of(response)

    def presses(self, session: str, action: str, *, on: str = "", **fields: str) -> TestResponse:
        """Press the button of a session's form, as it is on the page."""
        page = self.browser.see(self.path + on).text
        for address, inside in _FORM.findall(page):
            if address.endswith(f"/sessions/{session}/{action}"):
                return self.sends(address, {**dict(_HIDDEN.findall(inside)), **fields})
        raise AssertionError(f"there is no form to {action} {session}")

    def sends(self, address: str, fields: dict[str, str]) -> TestResponse:
        return self.browser.send(address.removeprefix("/scheduling"), fields)

    def follows(self, response: TestResponse) -> str:
        assert response.status_code == 303, response.text
        return text_of(self.browser.see(response.headers["Location"].removeprefix("/scheduling")))


def text_of(response: TestResponse) -> str:
    """What a reader sees of a page, on one line."""
    body = re.sub(r"<style>.*?</style>", "", response.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_an_empty_agenda_says_what_to_do_before_and_after_the_programme_is_published(house: House) -> None:
    ann = Person(house, "ann")
    assert "The programme is not published yet" in ann.sees()
    assert "not published yet" in ann.sees("/sessions")

    house.session("C-31")
    publish(house)

    assert "and sign up where there are seats" in ann.sees()


def test_one_stars_and_signs_up_from_the_list_of_a_day_and_comes_back_to_it(house: House) -> None:
    first, second = house.session("C-31", seats=1), house.session("C-41", seats=None, hour=3)
    publish(house)
    ann = Person(house, "ann")
    assert "1 of 1 seats left" in ann.sees("/sessions")

    starred = ann.presses(second, "star", on="/sessions?day=2020-05-18")
    assert starred.headers["Location"].endswith("/sessions?day=2020-05-18")
    assert "C-41 is starred." in ann.follows(starred)
    assert "You have a seat in C-31." in ann.follows(ann.presses(first, "seat", on="/sessions"))

    agenda = ann.sees()
    assert "Monday, May 18, 2020" in agenda
    assert agenda.index("You have a seat") < agenda.index("C-41 About C-41")
    assert "Dr Sam Whitlock" in agenda
    assert "is not starred any more" in ann.follows(ann.presses(second, "unstar"))
    assert "goes to the next" in ann.follows(ann.presses(first, "give-back"))
    assert "Nothing is in your agenda yet" in ann.sees()


def test_the_same_form_sent_twice_takes_one_seat(house: House) -> None:
    session = house.session("C-31", seats=2)
    publish(house)
    ann = Person(house, "ann")
    page = ann.browser.see(f"{ann.path}/sessions").text
    address, inside = next(each for each in _FORM.findall(page) if each[0].endswith("/seat"))

    for _ in range(2):
        assert ann.sends(address, dict(_HIDDEN.findall(inside))).status_code == 303

    assert house.holders(session) == ["ann"]


def test_when_the_last_seat_goes_while_the_page_is_open_the_waitlist_is_a_choice(house: House) -> None:
    session = house.session("C-31", seats=1)
    publish(house)
    ann, bob = Person(house, "ann"), Person(house, "bob")
    page = bob.browser.see(f"{bob.path}/sessions").text
    ann.presses(session, "seat", on="/sessions")

    address, inside = next(each for each in _FORM.findall(page) if each[0].endswith("/seat"))
    refused = bob.sends(address, dict(_HIDDEN.findall(inside)))
    assert refused.status_code == 409
    assert "Every seat is taken" in text_of(refused)
    form = dict(_HIDDEN.findall(_FORM.findall(refused.text)[-1][1]))

    assert "number 1 on the waitlist" in bob.follows(bob.sends(address, form))
    assert "Waitlist, number 1" in bob.sees()
    assert "don't wait" in bob.follows(bob.presses(session, "give-back"))


@pytest.mark.parametrize(("choice", "seats"), [("swap", ["C-32"]), ("keep_both", ["C-31", "C-32"])])
def test_another_seat_at_that_time_is_asked_about_and_then_done_as_chosen(
    house: House, choice: str, seats: list[str]
) -> None:
    first, second = house.session("C-31"), house.session("C-32")
    publish(house)
    ann = Person(house, "ann")
    ann.presses(first, "seat", on="/sessions")

    asked = ann.presses(second, "seat", on="/sessions")
    assert asked.status_code == 409
    assert "At that time you hold a seat in: C-31" in text_of(asked)
    address, inside = _FORM.findall(asked.text)[-1]
    told = ann.follows(ann.sends(address, {**dict(_HIDDEN.findall(inside)), "at_that_time": choice}))

    assert "You have a seat in C-32." in told
    held = {"C-31": first, "C-32": second}
    assert [code for code, each in held.items() if house.holders(each) == ["ann"]] == seats
    assert ("At the same time: C-31" in told) is (choice == "keep_both")


def test_a_paid_seat_at_that_time_can_not_be_swapped(house: House) -> None:
    academy, other = house.session("A-02", product="academy"), house.session("C-31")
    publish(house)
    ann = Person(house, "ann", academy)

    asked = text_of(ann.presses(other, "seat", on="/sessions"))

    assert "Keep both" in asked
    assert "Swap" not in asked


def test_the_agenda_speaks_french_and_dutch_with_its_times_and_what_it_refuses(house: House) -> None:
    session = house.session("C-31", seats=1)
    publish(house)
    ann, bob = Person(house, "ann"), Person(house, "bob")

    french = ann.sees("/sessions?day=2020-05-18&lang=fr")
    taken = ann.follows(ann.presses(session, "seat", on="/sessions"))
    bob.sees("?lang=nl")
    full = text_of(bob.presses(session, "seat", on="/sessions", or_wait="no"))

    assert "places libres : 1 sur 1" in french
    assert "lundi 18 mai 2020" in french
    assert re.search(r"de \d\d:\d\d à \d\d:\d\d", french)
    assert "Vous avez une place à C-31." in taken
    assert "Alle plaatsen zijn bezet" in full
    assert "De laatste plaats in C-31 is weg" in full


def test_an_offered_seat_stands_at_the_top_with_its_deadline_and_can_be_taken_or_declined(house: House) -> None:
    session = house.session("C-31", seats=1)
    publish(house)
    ann, bob, cat = (Person(house, each) for each in ("ann", "bob", "cat"))
    for each in (ann, bob, cat):
        each.presses(session, "seat", on="/sessions")
    ann.presses(session, "give-back")

    assert "A seat in C-31 is yours to take" in bob.sees()
    assert "Please answer by Friday, April 10, 2020, 11:59 PM Central Daylight Time ; then" in bob.sees()
    bob.presses(session, "give-back")
    assert "is yours to take" not in bob.sees()
    assert "You have a seat in C-31." in cat.follows(cat.presses(session, "accept"))


def test_what_came_too_late_is_refused_on_the_page_with_what_to_do(house: House) -> None:
    session = house.session("C-31", seats=1)
    publish(house)
    ann, bob = (Person(house, each) for each in ("ann", "bob"))
    for each in (ann, bob):
        each.presses(session, "seat", on="/sessions")
    ann.presses(session, "give-back")
    page = bob.browser.see(bob.path).text
    house.database.clock.move(datetime(2020, 4, 11, 6, tzinfo=UTC))

    address, inside = next(each for each in _FORM.findall(page) if each[0].endswith("/accept"))
    refused = bob.sends(address, dict(_HIDDEN.findall(inside)))

    assert refused.status_code == 409
    assert "The offer has ended" in text_of(refused)
    assert "yours to take</h2>" not in refused.text


def test_paid_places_show_their_state_and_a_cancelled_one_leads_to_the_choice(house: House) -> None:
    academy = house.session("A-07", product="academy")
    publish(house)
    ann, bob = Person(house, "ann", academy), Person(house, "bob")
    assert "Your seat, with your order" in ann.sees()
    assert "$95.00; add it to your registration" in bob.sees("/sessions")

    house.released(academy, is_cancelled=True)
    publish(house)

    shown = ann.browser.see(ann.path).text
    assert "A-07 is cancelled: please choose" in shown
    assert "/registration/mine/" in shown
    assert "You paid $95.00" in shown


def test_what_changed_of_mine_is_shown_until_i_have_seen_it(house: House) -> None:
    mine, other = house.session("C-31"), house.session("C-32", hour=3)
    publish(house)
    ann = Person(house, "ann")
    ann.presses(mine, "star", on="/sessions")
    assert "Changed since" not in ann.sees()

    publish(
        house, **{mine: {"room": "Hall 9", "room_name": "Hall 9"}, other: {"room": "Hall 8", "room_name": "Hall 8"}}
    )
    shown = ann.sees()
    assert "C-31 About C-31: now in Hall 9 (before: Hall 1)." in shown
    assert "now in Hall 8" not in shown
    french = text_of(house.town.visitor().see(f"{ann.path}?lang=fr"))
    assert "C-31 About C-31 : maintenant à : Hall 9 (avant : Hall 1)." in french
    ann.sends(f"{ann.path}/seen", {})

    assert "Changed since" not in ann.sees()


def test_now_and_next_are_mine_and_on_the_clock(house: House) -> None:
    first, second, third = (house.session(f"C-{hour}", hour=hour) for hour in (1, 3, 4))
    publish(house)
    ann = Person(house, "ann")
    for each in (first, third):
        ann.presses(each, "star", on="/sessions")
    house.database.clock.move(START + timedelta(hours=1, minutes=30))

    assert "Now C-1 About C-1 Hall 1, until 11:15 AM Next C-4 About C-4" in ann.sees()
    assert second not in ann.sees()


def test_times_in_an_own_zone_invitations_and_a_calendar_address_are_the_persons_own(house: House) -> None:
    session = house.session("C-31")
    publish(house)
    ann = Person(house, "ann")
    ann.presses(session, "star", on="/sessions")
    calendar = f"{ann.path}/calendar"

    ann.follows(ann.sends(calendar, {"do": "prefer", "zone": "Europe/Amsterdam", "wants_invitations": "yes"}))
    assert house.agenda("ann").wants_invitations
    assert "(4:00 PM in Amsterdam)" in ann.sees()
    refused = ann.sends(calendar, {"do": "prefer", "zone": "Mars/Olympus"})
    assert refused.status_code == 422
    told = ann.follows(ann.sends(calendar, {"do": "renew"}))
    assert f"/scheduling/feeds/{_token(house)}.ics" in told
    before = _token(house)
    ann.sends(calendar, {"do": "renew"})
    assert _token(house) not in ("", before)
    assert "has ended" in ann.follows(ann.sends(calendar, {"do": "revoke"}))
    assert _token(house) == ""


def _token(house: House) -> str:
    return house.agenda("ann").feed_token


def test_who_has_not_paid_yet_sees_that_seats_come_later(house: House) -> None:
    session = house.session("C-31")
    publish(house)
    ann = Person(house, "ann")
    house.database.mongo["agendas"].update_one({"_id": f"{house.conference}:ann"}, {"$set": {"is_delegate": False}})

    assert "not confirmed yet" in ann.sees()
    with pytest.raises(AssertionError, match="no form to seat"):
        ann.presses(session, "seat", on="/sessions")


def test_the_agenda_of_a_cancelled_conference_says_so_and_nothing_else(house: House) -> None:
    session = house.session("C-31")
    publish(house)
    ann = Person(house, "ann")
    assert "You have a seat" in ann.follows(ann.presses(session, "seat", on="/sessions"))
    house.town.cancelled(house.conference)

    shown = ann.sees()

    assert "has been cancelled" in shown
    assert "You have a seat" not in shown


def test_a_link_of_nobody_and_a_session_of_nowhere_are_not_found(house: House) -> None:
    ann = Person(house, "ann")
    house.session("C-31")
    publish(house)

    assert ann.browser.see(f"{ann.path}x").status_code == 404
    assert ann.sends(f"{ann.path}/sessions/nothing/star", {}).status_code == 404


def test_no_seat_is_taken_while_one_speaks_oneself_and_both_sessions_are_named(house: House) -> None:
    talk, other, later = (
        house.session("C-31", seats=None),
        house.session("C-32", seats=1),
        house.session("C-41", hour=3),
    )
    ann = Person(house, "ann")
    speaker = Speaker(id="ann", name="Ann Speaker")
    house.database.transact(lambda unit: unit.create(SPEAKERS, Change(speaker)))
    publish(house)
    before = ann.browser.see(ann.path + "/sessions").text
    publish(house, **{talk: {"parts": (Part(person="ann", name="Ann Speaker", role="speaker"),)}})

    address, inside = next(each for each in _FORM.findall(before) if each[0].endswith(f"/sessions/{other}/seat"))
    fields = {**dict(_HIDDEN.findall(inside)), "at_that_time": "keep_both"}
    refused = [ann.sends(address, {**fields, "idempotency_key": f"{number}"}) for number in (1, 2)]
    held = house.holders(other)
    free = ann.follows(ann.presses(later, "seat", on="/sessions"))
    publish(house, **{talk: {"state": State.CANCELLED, "parts": (Part(person="ann", name="A", role="speaker"),)}})
    cancelled = ann.follows(ann.presses(other, "seat", on="/sessions"))

    assert [each.status_code for each in refused] == [409, 409]
    assert "C-32 About C-32 is while you speak in C-31 About C-31. You took no seat" in text_of(refused[0])
    assert held == []
    assert "You have a seat in C-41." in free
    assert "You have a seat in C-32." in cancelled


def test_an_offered_seat_is_not_taken_while_one_speaks_oneself(house: House) -> None:
    talk, other = house.session("C-31", seats=None), house.session("C-32", seats=1)
    publish(house)
    ann, bob = Person(house, "ann"), Person(house, "bob")
    for each in (ann, bob):
        each.presses(other, "seat", on="/sessions")
    ann.presses(other, "give-back")
    house.database.transact(lambda unit: unit.create(SPEAKERS, Change(Speaker(id="bob", name="Bob"))))
    publish(house, **{talk: {"parts": (Part(person="bob", name="Bob", role="speaker"),)}})

    refused = bob.presses(other, "accept")

    assert refused.status_code == 409
    assert "is while you speak in C-31 About C-31" in text_of(refused)
    assert house.holders(other, Hold.SIGNED_UP) == []
