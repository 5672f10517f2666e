"""What a release means for people: told once each, all of it at once, only theirs and only what is to come."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.scheduling.agendas.domain.rosters import Hold
from services.scheduling.agendas.store.agendas import rosters_of
from services.scheduling.programme.domain.programme import Casting
from services.scheduling.releases import jobs
from services.scheduling.releases.domain.fanout import Fanout, Step
from services.scheduling.releases.store.releases import FANOUTS
from shared.contracts.scheduling import AgendaItem
from shared.ids import digest_of
from shared.jobs import Claim, LeaseLost, claim_due
from tests.integration.decisions_town import Deciding
from tests.integration.releases_house import START, House, house, releases
from tests.integration.scheduling_town import MORNING, Scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's parts, of which nothing runs."""
    with releases(module_namespace) as first:
        yield first.town


@pytest.fixture
def at(town: Scheduling) -> Iterator[House]:
    """A conference of this test's own."""
    town.service.parts.database.clock.move(MORNING)
    yield house(town)
    town.service.parts.database.clock.move(MORNING)


def items(at: House, person: str) -> tuple[AgendaItem, ...]:
    """What one person was told by the last release, which told them once."""
    told = [each for each in at.told(person) if each.release == at.latest().number]
    assert len(told) <= 1
    return told[0].items if told else ()


def test_one_person_hears_of_all_their_sessions_at_once_with_their_roles_merged(at: House) -> None:
    first, second, other = at.session("C-31"), at.session("C-32", hour=2), at.session("C-33", hour=4)
    at.published()
    at.delegate("ann", first, second, zone="America/New_York", wants_invitations=True)
    at.seats(first, "ann")
    at.edit(first, room="r2")
    at.edit(second, hour=3)
    at.edit(other, room="r2")

    at.published("Second programme")

    (told,) = at.told("ann")
    assert (told.release, told.release_name, told.zone, told.wants_invitations) == (
        2,
        "Second programme",
        "America/New_York",
        True,
    )
    assert [(each.code, each.roles, each.changes) for each in told.items] == [
        ("C-31", ("holds_seat", "starred"), ("room",)),
        ("C-32", ("starred",), ("time",)),
    ]
    assert (told.items[0].room_before, told.items[0].room, told.items[0].sequence) == ("Room 240", "Room 241", 1)
    assert told.items[0].revised_at == at.entry(first).revised_at


def test_who_waits_and_who_speaks_is_told_too_and_nobody_else(at: House) -> None:
    session = at.session("C-31")
    at.published()
    at.seats(session, "bob", waiting=("cyd",))
    at.delegate("dan")
    at.edit(session, is_cancelled=True, cancel_reason="The river came.")

    at.published()

    assert {each: [item.roles for item in items(at, each)] for each in ("bob", "cyd", "dan", "per_w")} == {
        "bob": [("holds_seat",)],
        "cyd": [("waits",)],
        "dan": [],
        "per_w": [("speaker",)],
    }
    assert items(at, "bob")[0].reason == "The river came."


def test_speakers_are_told_of_their_first_release_though_they_have_no_agenda_yet(at: House) -> None:
    at.session("C-31", cast=(Casting(person="per_o"),))

    at.published()

    assert [(each.roles, each.changes) for each in items(at, "per_o")] == [(("speaker",), ("added",))]


def test_of_other_speakers_those_hear_who_come_and_go_and_those_who_want_to_listen(at: House) -> None:
    session = at.session("C-31", cast=(Casting(person="per_w"), Casting(person="per_o")))
    at.published()
    at.delegate("ann", session)
    at.edit(session, cast=(Casting(person="per_w"), Casting(person="per_l")))

    at.published()

    told = {each: [item.changes for item in items(at, each)] for each in ("ann", "per_w", "per_o", "per_l")}
    assert told == {
        "ann": [("speakers",)],
        "per_w": [],
        "per_o": [("speakers", "stage_left")],
        "per_l": [("speakers",)],
    }
    assert items(at, "ann")[0].sequence == 0


@pytest.mark.parametrize("changes", [{"title": "Records, in a crisis"}, {"track": "law"}])
def test_a_detail_put_right_is_told_to_nobody(at: House, changes: dict[str, Any]) -> None:
    session = at.session("C-31")
    at.published()
    at.delegate("ann", session)
    at.edit(session, **changes)

    at.published()

    assert at.told("ann") == []


def test_what_is_over_is_told_to_nobody(at: House) -> None:
    session = at.session("C-31")
    at.published()
    at.delegate("ann", session)
    at.edit(session, room="r2")
    at.database.clock.move(START + timedelta(days=1))

    at.published()

    assert at.told("ann") == []


def test_a_few_minutes_on_the_day_reach_the_calendars_of_those_who_want_it_and_no_mail(at: House) -> None:
    session = at.session("C-31")
    at.published()
    at.delegate("ann", session)
    at.delegate("bob", session, wants_invitations=True)
    at.edit(session, hour=0.25)
    at.database.clock.move(START - timedelta(hours=1))

    at.published()

    assert at.told("ann") == []
    assert [(each.changes, each.sequence) for each in items(at, "bob")] == [(("delayed",), 1)]


def test_a_move_names_the_clashes_that_it_makes_and_no_others(at: House) -> None:
    moved = at.session("C-31")
    at.session("C-32", room="r2", title="At the same time before", hour=0)
    meets = at.session("C-33", hour=3, room="r2", title="A clash")
    at.session("C-34", hour=3, room="r3", title="Not starred")
    before = at.session("C-35", hour=0, room="r3", minutes=240, title="All morning", cast=())
    at.published()
    at.delegate("ann", moved, meets, before)
    at.edit(moved, hour=3)

    at.published()

    assert [each.clashes for each in items(at, "ann")] == [("A clash",)]


def test_who_wanted_a_session_hears_of_what_stands_in_for_it(at: House) -> None:
    old = at.session("C-31", cast=())
    at.published()
    at.delegate("ann", old)
    new = at.session("C-99", title="A panel", replaces=old, cast=())

    at.published()

    told = {each.session: each for each in items(at, "ann")}
    assert told[old].changes == ("cancelled",)
    assert (told[new].changes, told[new].roles) == (("added",), ("starred",))
    assert (told[new].uid, told[new].replaces) == (at.entry(new).uid, at.entry(old).uid)


def test_the_fan_out_is_complete_when_those_told_are_exactly_those_gathered(at: House) -> None:
    session = at.session("C-31", cast=())
    at.published()
    persons = [f"per_{each:03}" for each in range(230)]
    for each in persons:
        at.delegate(each, session)
    at.edit(session, room="r2")

    at.published()

    done = at.fanouts()[2]
    assert (done.step, done.gathered_count, done.told_count, done.said_count) == (Step.COMPLETE, 230, 230, 230)
    assert done.gathered_digest == done.told_digest == digest_of(persons)
    assert all(len(at.told(each)) == 1 for each in persons)


def test_who_takes_the_star_away_before_being_told_is_not_told(at: House) -> None:
    session = at.session("C-31", cast=())
    at.published()
    for each in ("ann", "bob"):
        at.delegate(each, session)
    at.edit(session, room="r2")
    at.release()
    _gather(at)
    at.delegate("bob")

    at.fan_out()

    assert (len(at.told("ann")), len(at.told("bob"))) == (1, 0)
    done = at.fanouts()[2]
    assert (done.step, done.gathered_count, done.told_count, done.said_count) == (Step.COMPLETE, 2, 2, 1)


def test_nobody_is_told_twice_by_a_job_that_comes_back_from_the_dead(at: House) -> None:
    session = at.session("C-31", cast=())
    at.published()
    at.delegate("ann", session)
    at.edit(session, room="r2")
    release = at.release()
    _gather(at)
    (late,) = _claims(at)
    _let_leases_end(at)
    at.fan_out()

    with pytest.raises(LeaseLost):
        at.database.run(jobs.tell_chunk, claim=late, release=release)

    assert len(at.told("ann")) == 1


def test_a_step_that_is_taken_again_tells_nobody_again(at: House) -> None:
    session = at.session("C-31", cast=())
    at.published()
    for person in ("ann", "bob"):
        at.delegate(person, session)
    at.edit(session, room="r2")
    release = at.release()
    (claim,) = _claims(at)
    at.database.run(jobs.seat_chunk, claim=claim, release=release)
    at.database.run(jobs.gather_chunk, claim=claim, persons=["ann", "bob"])
    at.database.run(jobs.close_gathering, claim=claim)

    told = [at.database.run(jobs.tell_chunk, claim=claim, release=release) for _ in range(3)]

    assert [(each.step, each.told_count) for each in told] == [
        (Step.TELLING, 2),
        (Step.COMPLETE, 2),
        (Step.COMPLETE, 2),
    ]
    assert [len(at.told(person)) for person in ("ann", "bob")] == [1, 1]


def test_releases_in_quick_succession_are_told_in_their_order(at: House) -> None:
    session = at.session("C-31", cast=())
    at.published()
    at.delegate("ann", session)
    for room in ("r2", "r3", "r1"):
        at.edit(session, room=room)
        at.release()
    for each in sorted(_claims(at), key=lambda claim: -claim.state.number):  # the last one first
        jobs.fanouts(at.database).act(each)

    at.fan_out()

    assert [each.release for each in at.told("ann")] == [2, 3, 4]
    assert [each.items[0].sequence for each in at.told("ann")] == [1, 2, 3]


def test_a_cancelled_conference_stops_the_news_of_a_release_that_is_under_way(at: House) -> None:
    session = at.session("C-31", cast=())
    at.published()
    at.delegate("ann", session)
    at.edit(session, room="r2")
    at.release()
    _gather(at)

    at.town.cancelled(at.conference)
    at.fan_out()

    assert at.told("ann") == []
    assert at.fanouts()[2].step is Step.STOPPED


@pytest.mark.parametrize("is_gathered", [False, True])
def test_the_news_of_a_release_waits_while_a_decision_can_be_undone_and_goes_on_once(
    at: House, is_gathered: bool
) -> None:
    session = at.session("C-31", cast=())
    at.published()
    at.delegate("ann", session)
    at.edit(session, room="r2")
    at.release()
    if is_gathered:
        _gather(at)
    deciding = Deciding(at.town)
    decision = deciding.begun(at.conference)
    for claim in _claims(at):
        jobs.carry_out_release(at.database, claim)
    assert at.told("ann") == []

    deciding.done(decision, "withdraw")
    for _ in range(2):
        _let_leases_end(at)
        for claim in _claims(at):
            jobs.carry_out_release(at.database, claim)

    assert [each.release for each in at.told("ann")] == [2]
    assert at.fanouts()[2].step is Step.COMPLETE


def _gather(at: House) -> None:
    """Let the fan-out come to where everybody is written down and nobody is told, and its process end there."""
    for claim in _claims(at):
        held = claim.state
        while held.step is not Step.TELLING:
            held = jobs._step(at.database, claim, held, at.latest())
    _let_leases_end(at)


def _claims(at: House) -> list[Claim[Fanout]]:
    claims = claim_due(at.database, jobs.fanouts(at.database))
    return [each for each in claims if each.state.conference == at.conference]


def _let_leases_end(at: House) -> None:
    held = {"conference": at.conference, "job": {"$exists": True}}
    at.database.mongo[FANOUTS.name].update_many(held, {"$set": {"job.due_at": MORNING}})


def test_whoever_waits_is_told_so_until_they_have_taken_the_seat_that_a_larger_room_offers_them(at: House) -> None:
    session = at.session("A-02", room="r2", seats_max=40, cast=())
    at.published()
    for person in ("ann", "bea"):
        at.delegate(person)
    at.seats(session, "ann", waiting=("bea",))
    at.edit(session, room="r1")

    foreseen = at.preview().hits[0].role_counts
    at.published()

    assert foreseen == {"holds_seat": 1, "waits": 1}
    assert [items(at, person)[0].roles for person in ("ann", "bea")] == [("holds_seat",), ("waits",)]
    roster = rosters_of(at.database, [session])[session]
    assert [(each.person, each.hold) for each in roster.held] == [("ann", Hold.SIGNED_UP), ("bea", Hold.OFFERED)]


def test_a_session_that_takes_no_sign_ups_any_more_offers_no_seat_also_when_it_is_cancelled_later(at: House) -> None:
    session = at.session("C-31", room="r2", seats_max=1)
    at.published()
    at.seats(session, "ann", waiting=("bea",))
    at.edit(session, seats_max=None, hour=3)
    at.published()
    at.edit(session, is_cancelled=True, cancel_reason="The river came.")
    at.published()

    roster = rosters_of(at.database, [session])[session]

    assert (roster.sitting, roster.next_at) == (None, None)
    assert items(at, "ann")[0].roles == ("holds_seat",)


def test_who_starred_hundreds_of_sessions_hears_of_all_of_them_in_events_that_fit(at: House) -> None:
    title = "会" * 200
    sessions = [at.session(f"C-{number:03}", hour=number / 100, title=title) for number in range(200)]
    at.published()
    at.delegate("ann", *sessions)
    for each in sessions:
        at.edit(each, room="r2")

    at.published("All elsewhere")

    told = [each for each in at.told("ann") if each.release == at.latest().number]
    assert [(each.part, each.part_count) for each in told] == [(n, len(told)) for n in range(1, len(told) + 1)]
    assert sorted(item.session for each in told for item in each.items) == sorted(sessions)
    assert len(told) > 1
    assert at.fanouts()[at.latest().number].step is Step.COMPLETE
