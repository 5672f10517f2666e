"""The committee asks the solver, which works in a process of its own; what it proposes is looked at, then taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.scheduling.repair.domain.repair import Search
from services.scheduling.repair.jobs import searching as jobs
from services.scheduling.repair.store import SEARCHES
from shared.clock import host_now
from shared.jobs import claim_due
from shared.mongo import Database
from tests.integration.programme_house import MONDAY_ONE, MONDAY_TEN, Programme, begun, congress, problem
from tests.namespaces import Namespace

pytestmark = pytest.mark.integration

MONDAY = "2025-05-19"
ROOMS = [
    {"id": "ballroom", "name": "Grand Ballroom", "seats": 450},
    {"id": "mills", "name": "Mills Studio", "seats": 60},
]
TIMES = [
    {"id": "mon-1", "starts": MONDAY_TEN, "ends": "2025-05-19T16:15:00+00:00"},
    {"id": "mon-2", "starts": MONDAY_ONE, "ends": "2025-05-19T19:15:00+00:00"},
]
MILLS_LOST = {"rooms_lost": [{"room": "mills", "day": MONDAY}]}


@dataclass
class House:
    """A congress whose solver works when the test lets it."""

    programme: Programme

    @property
    def database(self) -> Database:
        return self.programme.town.service.parts.database

    def ask(self, task: str = "repair", **asked: Any) -> str:
        body = {"task": task, "budget_seconds": 10} | asked
        return str(self.programme.done("POST", "/searches", body)["id"])

    def work(self) -> None:
        """Let the executor take what is due, of other tests too."""
        kind = jobs.searching(self.database)
        while claims := claim_due(self.database, kind):
            for claim in claims:
                kind.act(claim)

    def found(self, search: str) -> dict[str, Any]:
        return self.programme.done("GET", f"/searches/{search}")

    def answered(self, task: str = "repair", **asked: Any) -> dict[str, Any]:
        search = self.ask(task, **asked)
        self.work()
        return self.found(search)

    def slot(self, session: str) -> tuple[str, str] | None:
        slot = self.programme.done("GET", f"/sessions/{session}")["slot"]
        return (slot["room"], slot["starts"][:16]) if slot else None


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Any]:
    with congress(module_namespace) as scheduling:
        yield scheduling


@pytest.fixture
def house(town: Any) -> House:
    programme = begun(town)
    programme.framed(rooms=ROOMS, times=TIMES)
    return House(programme)


def test_a_lost_room_moves_its_session_and_nobody_else_and_that_is_proven(house: House) -> None:
    hit, stays = house.programme.placed("C-01"), house.programme.placed("C-02", room="ballroom")

    answer = house.answered(incident=MILLS_LOST)

    assert (answer["state"], answer["is_proven"]) == ("found", True)
    assert [(each["session"], each["room"]) for each in answer["moves"]] == [(hit["id"], "ballroom")]
    assert house.slot(stays["id"]) == ("ballroom", MONDAY_TEN[:16])


def test_a_proposal_changes_nothing_before_it_is_taken_and_all_of_it_then(house: House) -> None:
    hit = house.programme.placed("C-01")
    house.programme.placed("C-02", room="ballroom")
    answer = house.answered(incident=MILLS_LOST)
    before = house.slot(hit["id"])

    house.programme.done("POST", f"/searches/{answer['id']}/take", {})

    assert before == ("mills", MONDAY_TEN[:16])
    assert house.slot(hit["id"]) == ("ballroom", MONDAY_ONE[:16])
    assert house.found(answer["id"])["state"] == "taken"


def test_a_proposal_is_not_taken_twice(house: House) -> None:
    house.programme.placed("C-01")
    answer = house.answered(incident=MILLS_LOST)
    house.programme.done("POST", f"/searches/{answer['id']}/take", {})

    assert problem(house.programme.call("POST", f"/searches/{answer['id']}/take", {})) == (409, "NothingFound")


def test_a_proposal_for_another_draft_is_refused(house: House) -> None:
    hit = house.programme.placed("C-01")
    answer = house.answered(incident=MILLS_LOST)
    other = house.programme.placed("C-09", room="ballroom", starts=MONDAY_ONE)

    refused = house.programme.call("POST", f"/searches/{answer['id']}/take", {})

    assert problem(refused) == (412, "DraftMovedOn")
    assert house.slot(hit["id"]) == ("mills", MONDAY_TEN[:16])
    assert house.slot(other["id"]) == ("ballroom", MONDAY_ONE[:16])


def test_a_preview_says_whom_the_proposal_hits_and_leaves_no_trace(house: House) -> None:
    hit = house.programme.placed("C-01")
    answer = house.answered(incident=MILLS_LOST)
    before = {name: house.database.mongo[name].count_documents({}) for name in ("events", "releases", "sessions")}
    version = house.programme.done("GET", f"/sessions/{hit['id']}")["version"]

    foreseen = house.programme.done("GET", f"/searches/{answer['id']}/preview")

    assert [each["session"] for each in foreseen["sessions"]] == [hit["id"]]
    assert {name: house.database.mongo[name].count_documents({}) for name in before} == before
    assert house.programme.done("GET", f"/sessions/{hit['id']}")["version"] == version
    assert house.slot(hit["id"]) == ("mills", MONDAY_TEN[:16])


def test_what_can_not_be_repaired_is_said_with_the_rules_that_contradict(house: House) -> None:
    for number, room in enumerate(("ballroom", "mills")):
        for part, starts in enumerate((MONDAY_TEN, MONDAY_ONE)):
            house.programme.placed(f"C-{number}{part}", room=room, starts=starts)

    answer = house.answered(incident=MILLS_LOST)

    assert answer["state"] == "impossible"
    assert answer["moves"] == []
    assert "Room mills is lost on 2025-05-19." in answer["reasons"]
    assert not any("ses_" in each for each in answer["reasons"])


def test_the_committee_asks_whether_anything_can_be_done_before_it_looks_for_the_least(house: House) -> None:
    house.programme.placed("C-01")
    possible = house.answered("why_not", incident=MILLS_LOST)
    impossible = house.answered("why_not", incident={"times_lost": ["mon-1", "mon-2"]})

    assert (possible["state"], possible["moves"], possible["reasons"]) == ("found", [], [])
    assert impossible["state"] == "impossible"
    assert any("C-01" in each for each in impossible["reasons"])


def test_where_there_is_not_enough_room_the_fewest_are_cancelled_if_that_is_allowed(house: House) -> None:
    for number, room in enumerate(("ballroom", "mills")):
        for part, starts in enumerate((MONDAY_TEN, MONDAY_ONE)):
            house.programme.placed(f"C-{number}{part}", room=room, starts=starts)

    answer = house.answered(incident=MILLS_LOST | {"may_cancel": True})
    house.programme.done("POST", f"/searches/{answer['id']}/take", {"reason": "The studio is flooded."})

    gone = [each["session"] for each in answer["moves"] if each["starts"] is None]
    assert len(gone) == 2
    assert all(house.programme.done("GET", f"/sessions/{each}")["is_cancelled"] for each in gone)


def test_a_first_plan_places_what_has_no_place_and_breaks_no_rule(house: House) -> None:
    whitlock = house.programme.speaker()["id"]
    made = [house.programme.session(f"C-{number}") for number in range(3)]
    for each in made[:2]:
        cast = {"cast": [{"person": whitlock, "role": "speaker"}]}
        house.programme.done("PUT", f"/sessions/{each['id']}/cast", cast, seen="*")

    answer = house.answered("first_plan")
    house.programme.done("POST", f"/searches/{answer['id']}/take", {})

    slots = [house.slot(each["id"]) for each in made]
    assert None not in slots
    assert len(set(slots)) == 3
    assert slots[0] is not None and slots[1] is not None and slots[0][1] != slots[1][1]  # noqa: PT018 - one claim


def test_a_conflict_elsewhere_in_the_draft_is_named_and_the_lost_room_repaired_around_it(house: House) -> None:
    one, other = house.programme.placed("C-01", room="ballroom"), house.programme.placed("C-02", room="ballroom")
    hit = house.programme.placed("C-03")

    answer = house.answered(incident=MILLS_LOST)
    clashes = house.answered("fewer_clashes")

    assert (answer["state"], answer["is_proven"]) == ("found", True)
    assert [each["session"] for each in answer["moves"]] == [hit["id"]]
    (was_so,) = answer["was_so_before"]
    assert was_so["sentence"].startswith("Grand Ballroom is used twice on Monday, May 19, 10:00 AM")
    assert set(was_so["sessions"]) == {one["id"], other["id"]}
    assert (clashes["state"], clashes["reasons"]) == ("failed", [jobs.RESOLVE_FIRST])
    assert clashes["was_so_before"] == [was_so]


def test_a_session_across_the_grid_is_left_to_the_committee(house: House) -> None:
    academy = house.programme.placed("A-07", minutes=240)

    answer = house.answered(incident=MILLS_LOST)

    assert answer["by_hand"] == [academy["id"]]
    assert answer["moves"] == []


def test_a_search_that_nobody_wants_any_more_ends_without_an_answer(house: House) -> None:
    house.programme.placed("C-01")
    search = house.ask(incident=MILLS_LOST)

    house.programme.done("POST", f"/searches/{search}/cancel")
    house.work()

    assert house.found(search)["state"] == "cancelled"
    assert problem(house.programme.call("POST", f"/searches/{search}/cancel")) == (409, "SearchOver")
    assert problem(house.programme.call("POST", f"/searches/{search}/take", {})) == (409, "NothingFound")


def test_a_search_whose_process_died_starts_again_once(house: House) -> None:
    house.programme.placed("C-01")
    search = house.ask(incident=MILLS_LOST)
    _begin_and_die(house)

    house.work()

    found = house.found(search)
    assert (found["state"], found["start_count"]) == ("found", 2)


def test_a_search_that_was_interrupted_twice_says_so_and_is_not_begun_again(house: House) -> None:
    house.programme.placed("C-01")
    search = house.ask(incident=MILLS_LOST)
    _begin_and_die(house)
    _begin_and_die(house)

    house.work()

    found = house.found(search)
    assert (found["state"], found["start_count"]) == ("failed", 2)
    assert "interrupted twice" in found["reasons"][0]


@pytest.mark.parametrize(
    ("incident", "field"),
    [
        ({"rooms_lost": [{"room": "attic", "day": MONDAY}]}, "rooms_lost"),
        ({"times_lost": ["sun-9"]}, "times_lost"),
        ({"speakers_away": [{"person": "per_nobody", "day": MONDAY}]}, "speakers_away"),
    ],
)
def test_an_incident_about_something_else_is_refused(house: House, incident: dict[str, Any], field: str) -> None:
    refused = house.programme.call("POST", "/searches", {"task": "repair", "incident": incident})

    assert problem(refused) == (422, "IncidentMakesNoSense")
    assert list(refused.get_json()["errors"]["json"]) == [field]


@pytest.mark.parametrize("desk", ["finance", None])
def test_the_solver_is_the_committees(house: House, desk: str | None) -> None:
    refused = house.programme.call("POST", "/searches", {"task": "repair"}, desk=desk)

    assert refused.status_code == (403 if desk else 401)


def _begin_and_die(house: House) -> None:
    """A process claims the search, starts, and is never heard of again; its lease runs out."""
    kind = jobs.searching(house.database)
    [claim] = claim_due(house.database, kind)
    house.database.run(jobs.record_start, claim=claim)
    past = {"job.due_at": host_now() - timedelta(seconds=1)}
    house.database.mongo[SEARCHES.name].update_one({"_id": claim.id}, {"$set": past})
    assert isinstance(claim.state, Search)
