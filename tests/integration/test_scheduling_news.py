"""A decision's board on the real engines: what the other services say is counted once, and compared as sets."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.scheduling.conferences.domain.conference import ConferenceIsCancelled
from services.scheduling.programme.domain.programme import Casting, Kind, Session
from services.scheduling.programme.store import draft as programme
from services.scheduling.programme.store import programme as store
from services.scheduling.programme.store.programme import SESSIONS
from shared.contracts.envelope import Event
from shared.contracts.notifications import MessageAccepted, MessageBounced, RecipientTold
from shared.contracts.payments import PaymentCaptured, RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.contracts.registration import (
    RefundTerms,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRunClosed,
    RunSteered,
)
from shared.contracts.scheduling import ConferenceCancelled, SpeakingCancelled, SpeakingRunClosed
from shared.ids import digest_of
from shared.names import Names
from shared.principals import Principal
from shared.unit import Unit
from tests.integration.scheduling_town import Scheduling, scheduling
from tests.namespaces import Namespace
from tests.waiting import wait_until

DEADLINE_SECONDS = 30.0
LATE: dict[str, Any] = {"id": "ses_late", "code": "C-900", "title": "Late", "kind": Kind.CONCURRENT, "minutes": 75}


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """All of scheduling, shared by the tests of this module."""
    with scheduling(module_namespace, roles=("worker", "relay", "jobs")) as running:
        yield running


class Decided:
    """A conference that was cancelled with these registrations, and what the others may say about it."""

    def __init__(self, town: Scheduling, *, count: int) -> None:
        self.town = town
        self.conference = town.opened()
        self.run = town.cancelled(self.conference)
        self.ids = [f"{self.run}_reg_{number}" for number in range(count)]

    def ended(self) -> list[Event]:
        """Registration has ended them, one by one."""
        return [
            RegistrationCancelled(
                registration=each,
                conference=self.conference,
                person=f"per_{each}",
                order=f"ord_{each}",
                run=self.run,
                terms=RefundTerms(),
                choose_until=datetime(2020, 5, 1, 5, tzinfo=UTC),
                default_choice="refund",
            )
            for each in self.ids
        ]

    def closed(self) -> Event:
        """Registration has ended all of them."""
        return RegistrationRunClosed(
            run=self.run, conference=self.conference, count=len(self.ids), digest=digest_of(self.ids)
        )

    def told(
        self,
        registration: str,
        *,
        channel: str = "mail",
        purpose: str = "conference_cancelled",
        recipient: str = "",
    ) -> Event:
        """A carrier took the message."""
        return MessageAccepted(
            message=f"msg_{purpose}_{channel}_{registration}{recipient}",
            purpose=purpose,
            subject=registration,
            recipient=recipient or f"per_{registration}",
            channel=channel,
            conference=self.conference,
            run=self.run,
        )

    def bounced(self, registration: str, *, purpose: str = "conference_cancelled", recipient: str = "") -> Event:
        """A mail server refused the message."""
        return MessageBounced(
            message=f"msg_{purpose}_bounced_{registration}{recipient}",
            purpose=purpose,
            subject=registration,
            recipient=recipient or f"per_{registration}",
            conference=self.conference,
            reason="no such mailbox",
        )

    def told_otherwise(self, registration: str) -> Event:
        """Somebody has told the registrant without us."""
        return RecipientTold(
            message=f"msg_conference_cancelled_bounced_{registration}",
            purpose="conference_cancelled",
            subject=registration,
            recipient=f"per_{registration}",
            conference=self.conference,
            run=self.run,
        )

    def completed(self, *, revision: int = 1) -> Event:
        """Payments has settled every cent."""
        return RefundRunCompleted(
            run=self.run,
            conference=self.conference,
            revision=revision,
            count=len(self.ids),
            digest=digest_of(self.ids),
            currency="USD",
            refunded_minor=100,
            credited_minor=20,
            donated_minor=3,
            kept_minor=0,
            voided_minor=50,
            released_minor=0,
        )

    def say(self, *events: Event) -> None:
        """Let the others say these events, in this order."""
        self.town.neighbours.say(*events)

    def shows(self, **expected: Any) -> None:
        """Wait until the board shows these figures."""

        def shown() -> dict[str, Any]:
            board = self.town.board(self.run)
            return {name: board[name] for name in expected}

        wait_until(lambda: shown() == expected, DEADLINE_SECONDS, missing=lambda: f"{expected}, but {shown()}")


def test_a_decision_is_followed_until_nothing_is_missing(town: Scheduling) -> None:
    decided = Decided(town, count=5)

    decided.say(*decided.ended(), decided.closed())
    decided.shows(state="settling", ended_count=5, closed_count=5, missing={"told": 5, "worked_out": 5, "settled": 5})
    decided.say(
        RefundRunAdvanced(
            run=decided.run,
            conference=decided.conference,
            worked_out_count=5,
            ended_count=2,
            refund_open_count=2,
            refund_settled_count=1,
            refunds_payable_minor=4200,
            currency="USD",
            balance_short_minor=300,
        )
    )
    decided.shows(worked_out_count=5, settled_count=2, refunds_payable_minor=4200, balance_short_minor=300)
    decided.say(*[decided.told(each) for each in decided.ids[:3]])
    decided.shows(told_count=3, missing={"told": 2, "worked_out": 0, "settled": 3})
    assert town.get(f"/runs/{decided.run}/untold").get_json() == {"count": 2, "items": decided.ids[3:]}
    decided.say(*[decided.told(each, channel="letter") for each in decided.ids[3:]])
    decided.shows(is_everyone_told=True, letter_count=2, state="settling")
    decided.say(decided.completed())

    decided.shows(state="settled", missing={"told": 0, "worked_out": 0, "settled": 0}, refunds_payable_minor=0)
    assert town.board(decided.run)["outcome"] == {
        "revision": 1,
        "refunded_minor": 100,
        "credited_minor": 20,
        "donated_minor": 3,
        "kept_minor": 0,
        "voided_minor": 50,
        "released_minor": 0,
    }


def test_the_board_says_who_holds_it_up_until_it_goes_on(town: Scheduling) -> None:
    decided = Decided(town, count=2)
    committee = town.visitor().signed_in("committee")
    at = datetime(2020, 4, 9, 14, 30, tzinfo=UTC)
    Names(town.service.parts.database).note(Principal(person="acc_helen", name="Helen Okafor"))

    def board() -> str:
        return re.sub(r"\s+", " ", committee.see(f"/desk/runs/{decided.run}").text)

    def steered(mode: str, actor: str) -> None:
        said = RunSteered(run=decided.run, conference=decided.conference, mode=mode, at=at)
        town.neighbours.say(said, actor=actor)

    steered("paused", "acc_helen")
    wait_until(lambda: "Paused by Helen Okafor" in board(), DEADLINE_SECONDS, missing=board)
    assert "April 9, 2020" in board()
    assert f"/registration/desk/conferences/{decided.conference}/runs" in board()
    steered("running", "acc_helen")
    wait_until(lambda: "Paused by" not in board(), DEADLINE_SECONDS, missing=board)
    steered("paused", "acc_never_here")
    wait_until(lambda: "Paused by somebody at another desk" in board(), DEADLINE_SECONDS, missing=board)


def test_news_in_the_wrong_order_and_every_record_twice_settles_the_same(town: Scheduling) -> None:
    decided = Decided(town, count=3)

    decided.say(decided.completed(), *[decided.told(each) for each in decided.ids])
    decided.shows(told_count=3)
    decided.say(decided.closed())
    decided.shows(state="settled", ended_count=0)
    decided.say(*decided.ended())
    decided.shows(state="settled", ended_count=3)
    before = town.board(decided.run)
    town.neighbours.say_all_again()
    marker = Decided(town, count=0)
    marker.say(marker.closed(), marker.completed())
    marker.shows(state="settled")

    assert town.board(decided.run) == before


def test_others_told_than_ended_is_not_settled(town: Scheduling) -> None:
    decided = Decided(town, count=2)

    decided.say(*decided.ended(), decided.closed(), decided.completed())
    decided.say(decided.told(decided.ids[0]), decided.told(f"{decided.run}_stranger"))
    decided.shows(told_count=2, state="settling", is_everyone_told=False)

    decided.say(decided.told(decided.ids[1]))
    decided.shows(told_count=3, state="settling", is_everyone_told=False)
    assert town.get(f"/runs/{decided.run}/untold").get_json() == {"count": 0, "items": []}


def test_what_the_payer_of_an_order_is_told_is_no_word_to_an_attendee(town: Scheduling) -> None:
    decided = Decided(town, count=1)
    (registration,) = decided.ids

    decided.say(*decided.ended(), decided.closed(), decided.told(registration, recipient="pyr_1"))
    decided.say(decided.bounced(registration, recipient="pyr_1"), decided.completed())
    decided.shows(told_count=0, bounced_count=0, is_everyone_told=False, state="settling")

    decided.say(decided.told(registration))
    decided.shows(told_count=1, is_everyone_told=True, state="settled")


def test_only_the_message_of_the_cancellation_counts_as_told(town: Scheduling) -> None:
    decided = Decided(town, count=1)
    (registration,) = decided.ids

    decided.say(decided.told(registration, purpose="refund_sent"), decided.bounced(registration, purpose="refund_sent"))
    decided.say(decided.bounced(registration))
    decided.shows(told_count=0, bounced_count=1)
    decided.say(decided.told(registration, channel="letter"))

    decided.shows(told_count=1, bounced_count=0, letter_count=1)


def test_what_came_back_waits_on_the_committees_desk_until_it_is_told(town: Scheduling) -> None:
    decided = Decided(town, count=2)
    committee = town.visitor().signed_in("committee")

    decided.say(*(decided.bounced(each) for each in decided.ids))
    decided.shows(bounced_count=2)
    both = committee.see(f"/desk/conferences/{decided.conference}").text
    decided.say(decided.told_otherwise(decided.ids[0]), decided.told(decided.ids[1], channel="letter"))
    decided.shows(bounced_count=0)
    none = committee.see(f"/desk/conferences/{decided.conference}").text

    assert "2 messages about the cancellation came back" in both
    assert f"/runs/{decided.run}" in both
    assert "<h2>Waiting for you</h2>" not in none


def test_who_was_told_by_a_person_is_told_and_the_decision_settles(town: Scheduling) -> None:
    decided = Decided(town, count=1)
    (registration,) = decided.ids

    decided.say(*decided.ended(), decided.closed(), decided.completed(), decided.bounced(registration))
    decided.shows(told_count=0, bounced_count=1, state="settling")
    decided.say(decided.told_otherwise(registration))
    decided.say(decided.told_otherwise(registration), decided.told(registration))

    decided.shows(told_count=1, bounced_count=0, letter_count=0, state="settled")


def test_a_speaker_without_a_registration_who_is_told_counts_as_no_registrant(town: Scheduling) -> None:
    decided = Decided(town, count=1)

    decided.say(*decided.ended(), decided.closed(), decided.completed())
    decided.say(decided.told(decided.conference), decided.bounced(decided.conference))
    decided.say(decided.told(decided.ids[0]))

    decided.shows(state="settled", told_count=1, bounced_count=0)


def cast_of(town: Scheduling, conference: str, *sessions: tuple[str, ...]) -> None:
    """A programme with these people in its sessions."""

    def write(unit: Unit) -> None:
        for number, persons in enumerate(sessions):
            session = Session(
                id=f"ses_{number}_of_{conference}",
                conference=conference,
                code=f"C-{number:03}",
                title=f"Session {number}",
                kind=Kind.CONCURRENT,
                minutes=75,
                cast=tuple(Casting(person=each) for each in persons),
            )
            unit.insert(SESSIONS, session)

    town.service.parts.database.transact(write)


def said(town: Scheduling, kind: type[Event], conference: str) -> list[Any]:
    rows = town.service.parts.database.mongo["events"].find({"type": kind.type}).sort("_id", 1)
    events: list[Any] = [msgspec.json.decode(row["data"], type=kind) for row in rows]
    return [each for each in events if each.conference == conference]


def test_a_conference_with_five_thousand_speakers_is_cancelled_and_each_of_them_told_of_once(town: Scheduling) -> None:
    conference = town.opened()
    persons = [f"per_{number:05}_of_{conference}" for number in range(5_000)]
    cast_of(town, conference, *(tuple(persons[first : first + 5]) for first in range(0, 5_000, 5)), (persons[0],))

    run = town.cancelled(conference)

    wait_until(
        lambda: bool(said(town, SpeakingRunClosed, conference)),
        DEADLINE_SECONDS,
        missing=lambda: f"{len(said(town, SpeakingCancelled, conference))} of 5,000 were told of",
    )
    (cancelled,) = said(town, ConferenceCancelled, conference)
    (closed,) = said(town, SpeakingRunClosed, conference)
    told = said(town, SpeakingCancelled, conference)
    assert (cancelled.speakers, cancelled.speakers_follow) == ((), True)
    assert [each.person for each in told] == persons
    assert (told[0].titles, told[0].title_count) == (("Session 0", "Session 1000"), 2)
    assert (closed.run, closed.count, closed.digest) == (run, 5_000, digest_of(each.speaking for each in told))


def test_who_comes_on_stage_while_the_conference_is_being_cancelled_is_refused_or_told(town: Scheduling) -> None:
    conference = town.opened()
    cast_of(town, conference, ("per_early",))
    database = town.service.parts.database

    def comes_late(unit: Unit) -> None:
        programme.conference_stays(unit, conference)
        if not said(town, ConferenceCancelled, conference):
            town.cancelled(conference)  # decided after this unit has seen that it takes place
        unit.insert(SESSIONS, Session(**LATE, conference=conference))

    with pytest.raises(ConferenceIsCancelled):
        database.transact(comes_late)

    assert [each.code for each in store.sessions(database, conference)] == ["C-000"]


def test_a_refund_that_comes_back_takes_the_decision_back_to_settling(town: Scheduling) -> None:
    decided = Decided(town, count=1)
    decided.say(*decided.ended(), decided.closed(), decided.told(decided.ids[0]), decided.completed())
    decided.shows(state="settled")

    decided.say(
        RefundRunReopened(run=decided.run, conference=decided.conference, revision=2, reason="a card refund came back")
    )
    decided.shows(state="settling", outcome=None)
    decided.say(decided.completed(revision=2))

    decided.shows(state="settled")


def test_news_about_a_decision_that_was_never_taken_is_harmless(town: Scheduling) -> None:
    decided = Decided(town, count=1)
    known, decided.run = decided.run, "run_of_nobody"

    decided.say(decided.closed(), *decided.ended(), decided.told(decided.ids[0]), decided.completed())
    decided.run = known
    decided.say(decided.closed())

    decided.shows(state="settling")
    assert town.get("/runs/run_of_nobody").status_code == 404


def test_what_is_at_stake_is_counted_by_tender_before_the_decision(town: Scheduling) -> None:
    conference = town.opened()
    confirmed = [
        RegistrationConfirmed(
            registration=f"{conference}_{tender}",
            conference=conference,
            person="per",
            order="ord",
            tender=tender,
            currency="USD",
            total_minor=total_minor,
            guest_count=guest_count,
            is_paid=tender != "purchase_order",
        )
        for tender, total_minor, guest_count in [
            ("purchase_order", 65000, 0),
            ("grant", 57500, 0),
            ("cheque", 57500, 0),
            ("card", 82500, 1),
        ]
    ]

    town.neighbours.say(*confirmed)
    town.neighbours.say_all_again()

    address = f"/conferences/{conference}/preview"
    wait_until(lambda: town.get(address).get_json()["registration_count"] == 4, DEADLINE_SECONDS, missing="4 at stake")
    preview = town.get(address).get_json()
    figures = ("guest_count", "held_minor", "granted_minor", "open_minor", "message_count")
    assert [preview[name] for name in figures] == [1, 140000, 57500, 65000, 4]
    assert [each["tender"] for each in preview["tenders"]] == ["card", "cheque", "grant", "purchase_order"]


def test_a_purchase_order_that_was_paid_later_is_money_that_we_hold(town: Scheduling) -> None:
    conference = town.opened()
    about: dict[str, Any] = {
        "registration": f"{conference}_reg",
        "conference": conference,
        "person": "per",
        "order": f"{conference}_ord",
    }
    confirmed = RegistrationConfirmed(
        **about, tender="purchase_order", currency="USD", total_minor=65000, guest_count=0, is_paid=False
    )
    captured = PaymentCaptured(
        **about, payment="pay", tender="cheque", amount_minor=65000, balance_minor=0, currency="USD"
    )
    address = f"/conferences/{conference}/preview"

    def figures() -> tuple[int, int]:
        preview = town.get(address).get_json()
        return preview["held_minor"], preview["open_minor"]

    town.neighbours.say(confirmed)
    wait_until(lambda: figures() == (0, 65000), DEADLINE_SECONDS, missing="the purchase order at stake")
    town.neighbours.say(captured)
    town.neighbours.say_all_again()

    wait_until(lambda: figures() == (65000, 0), DEADLINE_SECONDS, missing=lambda: f"the money; there are {figures()}")
