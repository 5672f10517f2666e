"""Releasing on the real database: what is published and said, what is refused, and that looking leaves no trace."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.scheduling.agendas.domain.rosters import Hold
from services.scheduling.programme.domain.conflict_rules import Rule
from services.scheduling.programme.domain.programme import Approval, Casting, Edit, Level
from services.scheduling.releases.commands import releases as commands
from services.scheduling.releases.domain.releases import (
    DraftChanged,
    DraftInConflict,
    NothingToRelease,
    Release,
    ReleaseUnknown,
    State,
    What,
)
from services.scheduling.releases.store import releases as store
from shared.contracts.envelope import ERASED
from shared.contracts.flow import declaration
from shared.contracts.registration import PersonErased
from shared.contracts.scheduling import (
    ProgrammeReleased,
    SeatsPublished,
    SessionCancelled,
    SessionMoved,
    SessionScheduled,
    SpeakerReplaced,
)
from shared.erasing import forget_person
from shared.problem import Refusal
from shared.unit import Unit
from tests.integration.releases_house import START, House, house, releases
from tests.integration.scheduling_town import MORNING, Scheduling
from tests.namespaces import Namespace
from tests.unit.releases_builders import DOMAIN, NAMES

ACADEMY: dict[str, Any] = {
    "product": "academy",
    "price_minor": 9500,
    "seats_max": 20,
    "approval": Approval(scheme="cmc", minutes=240),
}


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's parts, of which nothing runs."""
    with releases(module_namespace) as first:
        yield first.town


@pytest.fixture
def at(town: Scheduling) -> House:
    """A conference of this test's own."""
    return house(town)


def test_what_another_stood_in_for_is_not_back_when_that_is_cancelled(at: House) -> None:
    session = at.session("C-31")
    at.release()
    panel = at.session("C-31P", replaces=session)
    at.release()
    at.edit(panel, is_cancelled=True, cancel_reason="Nobody was left.")

    at.release()

    assert [at.entry(each).is_cancelled for each in (session, panel)] == [True, True]
    assert at.draft(session).cancel_reason == at.entry(session).reason


def test_a_release_publishes_the_draft_under_a_name_and_says_so_once(at: House) -> None:
    session = at.session("C-31")

    release = at.release("First programme")

    assert (release.number, release.name, release.released_by) == (1, "First programme", "Helen")
    assert at.latest() == release
    assert at.entry(session).uid == f"{session}@reconvene.example"
    assert at.said(f"programme:{at.conference}") == [
        ProgrammeReleased(
            programme=f"programme:{at.conference}",
            conference=at.conference,
            release=1,
            release_name="First programme",
            session_count=1,
            changed_count=1,
        )
    ]
    assert [type(each) for each in at.said(session)] == [SeatsPublished, SessionScheduled]


def test_each_sessions_change_is_said_once_with_what_was_before(at: House) -> None:
    moved, cast, cancelled, stays = (at.session(each, hour=2 * n) for n, each in enumerate(["M", "S", "X", "Z"]))
    at.release()
    at.edit(moved, room="r2", hour=1)
    at.edit(cast, cast=(Casting(person="per_o"),))
    at.edit(cancelled, is_cancelled=True, cancel_reason="The river came.")
    at.release()

    seats = [each for each in at.said(moved, cast, cancelled) if isinstance(each, SeatsPublished) and each.release == 2]
    move, speakers, cancel = (
        [each for each in at.said(session)[2:] if not isinstance(each, SeatsPublished)]
        for session in (moved, cast, cancelled)
    )
    assert {each.session: (each.starts, each.speakers, each.is_cancelled) for each in seats} == {
        moved: (START + timedelta(hours=1), ("per_w",), False),
        cast: (START + timedelta(hours=2), ("per_o",), False),
        cancelled: (START + timedelta(hours=4), ("per_w",), True),
    }
    assert [type(each) for each in (*move, *speakers, *cancel)] == [SessionMoved, SpeakerReplaced, SessionCancelled]
    assert isinstance(move[0], SessionMoved)
    assert (move[0].room_before, move[0].room, move[0].sequence) == ("Room 240", "Room 241", 1)
    assert isinstance(speakers[0], SpeakerReplaced)
    assert (speakers[0].speakers_before, speakers[0].speakers) == (("per_w",), ("per_o",))
    assert isinstance(cancel[0], SessionCancelled)
    assert (cancel[0].reason, cancel[0].sequence) == ("The river came.", 1)
    assert len(at.said(stays)) == 2


def test_an_unchanged_draft_is_not_released(at: House) -> None:
    at.session("C-31")
    at.release()

    with pytest.raises(NothingToRelease, match="Nothing was released"):
        at.release()

    assert at.latest().number == 1


def test_a_draft_that_was_changed_after_the_preview_is_not_released_and_it_is_said_who_changed_what(
    at: House,
) -> None:
    session = at.session("C-12")
    seen = at.preview().seen
    later = at.database.clock.now() + timedelta(seconds=1)
    at.edit(session, room="r2", edits=(Edit(by="Tom", at=later, what="it is in Room 241"),))

    with pytest.raises(DraftChanged, match="Meanwhile Tom changed C-12: it is in Room 241"):
        at.release(seen=seen)

    assert store.latest(at.database, at.conference) is None
    assert at.said(session) == []


def test_what_nobody_publishes_may_change_after_the_preview(at: House) -> None:
    session = at.session("C-12")
    seen = at.preview().seen
    at.edit(session, is_pinned=True)

    assert at.release(seen=seen).number == 1


def test_of_two_who_release_at_once_one_wins_and_the_other_is_told(at: House) -> None:
    at.session("C-31")
    seen, start = at.preview().seen, threading.Barrier(2)
    outcomes: list[Release | Refusal] = []

    def press(by: str) -> None:
        start.wait()
        try:
            outcomes.append(at.release(f"by {by}", seen=seen, by=by))
        except Refusal as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=press, args=(by,)) for by in ("Helen", "Tom")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    (won,) = [each for each in outcomes if isinstance(each, Release)]
    (lost,) = [each for each in outcomes if isinstance(each, Refusal)]
    assert isinstance(lost, DraftChanged)
    assert f"Meanwhile {won.released_by} released “by {won.released_by}” (number 1)" in lost.detail
    assert at.latest().number == 1
    assert len(at.said(f"programme:{at.conference}")) == 1


def test_a_release_that_was_under_way_in_the_moment_of_an_erasure_names_nobody_after_the_second_look(at: House) -> None:
    """It has read the name and is not committed yet when the erasure is heard of: the second time finds it."""
    session, erased = at.session("C-31"), PersonErased(person="per_w", erasure="era_1")
    seen, releasing = at.preview().seen, declaration(commands.release_programme)
    assert releasing is not None

    def release_while_they_are_erased(unit: Unit) -> None:
        commands.release_programme(
            unit, conference=at.conference, name="First", remark="", seen=seen, domain=DOMAIN, by="Helen"
        )
        at.database.transact(lambda forgetting: forget_person(erased, forgetting))

    at.database.attempt(release_while_they_are_erased, emits=releasing.emits, starts=releasing.may_start)
    assert [each.name for each in at.entry(session).parts] == [NAMES["per_w"]]

    at.database.transact(lambda forgetting: forget_person(erased, forgetting))

    assert [each.name for each in at.entry(session).parts] == [ERASED]


def test_a_draft_with_a_conflict_that_blocks_is_not_released(at: House) -> None:
    at.session("C-31")
    at.session("C-32", cast=())
    at.weigh(Rule.ROOM_TWICE, Level.BLOCK)
    shown = at.preview()

    with pytest.raises(DraftInConflict, match=r"Nothing was released\. .*Room 240.* Resolve this in the draft"):
        at.release(seen=shown.seen)

    assert store.latest(at.database, at.conference) is None
    assert (len(shown.conflicts), shown.may_be_released) == (1, False)


def test_a_conflict_that_only_warns_is_shown_and_released(at: House) -> None:
    at.session("C-31")
    at.session("C-32", cast=())

    shown = at.preview()

    assert (shown.conflicts, len(shown.warnings), shown.may_be_released) == ((), 1, True)
    assert at.release(seen=shown.seen).number == 1


def test_what_another_session_stands_in_for_is_in_nobodys_way(at: House) -> None:
    old = at.session("C-31")
    at.release()
    at.weigh(Rule.ROOM_TWICE, Level.BLOCK)
    at.weigh(Rule.SPEAKER_TWICE, Level.BLOCK)
    at.session("C-99", replaces=old)

    assert at.release().number == 2


def test_the_programme_of_a_cancelled_conference_is_not_released(at: House) -> None:
    at.session("C-31")
    seen = at.preview().seen
    at.town.cancelled(at.conference)

    with pytest.raises(Refusal, match="was cancelled on Thursday, April 9, 2020"):
        at.release(seen=seen)


def test_a_preview_leaves_no_trace(at: House) -> None:
    session = at.session("C-31", seats_max=50)
    at.release()
    at.fan_out()
    at.delegate("ann", session)
    at.seats(session, "ann", "bob")
    at.edit(session, room="r2")
    before, version = at.everything(), at.database.mongo["sessions"].find_one({"_id": session})

    shown = at.preview()

    assert shown.hits
    assert at.everything() == before
    assert at.database.mongo["sessions"].find_one({"_id": session}) == version


def test_a_preview_counts_whom_a_release_would_hit_and_is_right(at: House) -> None:
    first, second = at.session("C-31", seats_max=3), at.session("C-32", hour=3, room="r3")
    at.published()
    at.delegate("ann", first, second)
    at.delegate("bob", first)
    at.seats(first, "bob", "cyd")
    at.edit(first, hour=3, room="r2", level="advanced", approval=Approval(scheme="cmc", minutes=75))

    shown = at.preview()

    (hit,) = shown.hits
    assert hit.difference.what == (What.ROOM, What.TIME, What.CONTENT)
    assert hit.sentence.startswith("C-31 Records in a crisis: now in Room 241 (before: Room 240); now Monday, May 18, ")
    assert hit.role_counts == {"starred": 2, "holds_seat": 2, "speaker": 1}
    assert (hit.person_count, hit.clash_count, shown.message_count) == (4, 2, 4)  # Dr Whitlock speaks in both
    release = at.published()
    assert at.fanouts()[release.number].said_count == shown.message_count
    assert [len(at.told(each)) for each in ("ann", "bob", "cyd", "per_w")][:3] == [1, 1, 1]


def test_a_preview_foresees_the_seats_that_a_smaller_room_takes(at: House) -> None:
    session = at.session("C-31", seats_max=60)
    at.published()
    persons = [f"per_{each:02}" for each in range(33)]
    at.seats(session, *persons)
    at.edit(session, room="r2")

    shown = at.preview()
    at.published()

    assert (shown.seats_lost_count, shown.hits[0].seats_lost_count) == (3, 3)
    lost = [each for each in persons if "seat_lost" in at.told(each)[0].items[0].changes]
    assert lost == ["per_30", "per_31", "per_32"]


def test_those_who_paid_for_a_cancelled_session_are_offered_others_of_the_same_worth_with_places_left(
    at: House,
) -> None:
    cancelled = at.session("A-07", **ACADEMY)
    same = at.session("A-09", hour=4, **ACADEMY)
    full = at.session("A-02", hour=4, room="r2", **ACADEMY)
    dearer = at.session("A-03", hour=4, room="r3", **{**ACADEMY, "price_minor": 12_000})
    at.published()
    at.seats(full, *(f"other_{each}" for each in range(20)), hold=Hold.PAID)
    at.delegate("ann", paid={cancelled: 9500})
    at.seats(cancelled, "ann", hold=Hold.PAID)
    at.edit(cancelled, is_cancelled=True, cancel_reason="Dr Whitlock can't come.")

    at.published()

    said = at.said(cancelled)[-1]
    assert isinstance(said, SessionCancelled)
    assert said.alternatives == (same,)
    assert dearer not in said.alternatives
    assert said.choose_until == datetime(2020, 4, 11, 5, 0, tzinfo=UTC)  # the end of the next day in St. Louis
    (item,) = at.told("ann")[0].items
    assert (item.registration, item.paid_minor) == ("reg_ann", 9500)
    assert item.alternatives == ("Records in a crisis",)
    assert item.choose_until == said.choose_until


def test_a_flag_for_review_stands_in_the_draft_until_the_committee_clears_it(at: House) -> None:
    session = at.session("C-31", approval=Approval(scheme="cmc", minutes=75))
    at.release()
    at.edit(session, cast=(Casting(person="per_o"),))
    at.release()

    approval = at.draft(session).approval
    assert approval is not None
    assert approval.must_be_reviewed
    at.edit(session, approval=replace(approval, must_be_reviewed=False))
    at.release()
    cleared = at.entry(session).approval
    assert cleared is not None
    assert not cleared.must_be_reviewed


def test_the_draft_is_set_back_to_a_release_as_an_edit_that_says_so(at: House) -> None:
    first, second = at.session("C-31"), at.session("C-32", hour=2)
    at.release("First programme")
    at.edit(first, room="r2", title="Something else", level="advanced")
    at.edit(second, is_cancelled=True)
    added = at.session("C-33", hour=4)
    at.release("Second programme")

    at.database.run(commands.reset_draft, conference=at.conference, number=1, by="Helen")

    assert at.latest().name == "Second programme"  # what is published stays
    edit = at.draft(first).edit
    assert edit is not None
    assert (edit.by, edit.what) == ("Helen", "it was set back to release 1, “First programme”")
    assert at.draft(added).slot is None
    third = at.release()
    shown = {each.session: each for each in third.entries}
    assert (shown[first].room, shown[first].title, shown[first].sequence) == ("r1", "Records in a crisis", 2)
    assert (shown[second].state, shown[second].sequence) == (State.PUBLISHED, 2)
    assert shown[added].is_cancelled


def test_a_release_that_never_was_is_nothing_to_set_the_draft_back_to(at: House) -> None:
    at.session("C-31")

    with pytest.raises(ReleaseUnknown, match="The draft was not changed"):
        at.database.run(commands.reset_draft, conference=at.conference, number=1, by="Helen")


def test_a_cancelled_conference_closes_its_programme_and_no_session_is_told_by_itself(at: House) -> None:
    first, second = at.session("C-31"), at.session("C-32", hour=2)
    at.published()
    at.delegate("ann", first, second)
    before = at.said(first, second)

    at.town.cancelled(at.conference)
    at.fan_out()

    closing = at.latest()
    assert (closing.number, closing.is_closing) == (2, True)
    assert [(each.state, each.sequence, each.reason) for each in closing.entries] == [
        (State.CANCELLED, 1, "It would not be safe to meet.")
    ] * 2
    assert closing.entries[0].revised_at - MORNING < timedelta(hours=1)
    assert at.said(first, second) == before
    assert at.told("ann") == []
    assert len(at.said(f"programme:{at.conference}")) == 1


def test_a_conference_without_a_published_programme_is_cancelled_without_a_release(at: House) -> None:
    at.session("C-31")

    at.town.cancelled(at.conference)

    assert store.latest(at.database, at.conference) is None
