"""The one engine of runs on the real database: held up, going on, stopped, taken up again for who came late."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from bson import json_util

from services.registration.changing.commands.cancelled_conference import KIND as CANCELLED_CONFERENCE
from services.registration.changing.store import OLD_RUNS, RUNS
from services.registration.registering.domain.registrations import Life, Settling
from services.registration.registering.store import REGISTRATIONS
from shared.clock import host_now
from shared.contracts.registration import (
    OptionCancelled,
    RegistrationCancelled,
    RegistrationRunClosed,
    RunSteered,
    SettlementFixed,
)
from shared.ids import digest_of
from shared.jobs import LeaseLost
from shared.migrating import NotMigrated, migrate, require_migrated
from shared.principals import Held, Principal, Role
from shared.statements import COOKIE, Statement, write
from shared.unit import ARCHIVE
from tests.integration.registration_house import CHOOSE_UNTIL, OPENED_AT, House, offered
from tests.integration.registration_sessions import OPTIONS, UNTIL, cancel_session, paid, states
from tests.town import COMMITTEE, FINANCE

OLD = Path(__file__).parent / "runs_before_one_engine.json"
RUN = "run_1"


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, with a paid Academy and another one instead."""
    one_house.forget()
    one_house.open_conference(options=OPTIONS)
    return one_house


def ask(town: House, action: str, run: str = RUN, *, auth: tuple[str, str] = COMMITTEE) -> Any:
    """The desk pauses, resumes or stops a run; the response as it is."""
    return town.client.post(f"/registration/runs/{run}/{action}", auth=auth)


def run_of(town: House, run: str = RUN) -> dict[str, Any]:
    """What the desk is told about a run."""
    return cast(dict[str, Any], town.client.get(f"/registration/runs/{run}", auth=FINANCE).json)


def lives(town: House, ids: list[str]) -> list[Life]:
    """How these registrations are."""
    return [town.registration(each).life for each in ids]


# held up, and going on


def test_a_run_that_is_paused_does_nothing_until_it_is_let_go_on(town: House) -> None:
    ids = [town.register()["registration"] for _ in range(3)]
    town.cancel()
    paused = ask(town, "pause")

    town.look_again()
    town.look_again()

    assert (paused.status_code, paused.json["mode"], paused.json["state"]) == (200, "paused", "closing")
    assert lives(town, ids) == [Life.SUBMITTED] * 3
    assert ask(town, "resume").json["mode"] == "running"
    town.run_jobs()
    assert lives(town, ids) == [Life.CANCELLED] * 3
    assert (run_of(town)["count"], run_of(town)["digest"]) == (3, digest_of(ids))
    assert len(town.said(RegistrationRunClosed)) == 1


def test_who_steers_a_run_is_told_to_the_others_and_shown(town: House) -> None:
    town.register()
    town.cancel()
    helen = town.parts.web.test_client()
    who = Principal(person="acc_helen", name="Helen Okafor", roles=frozenset({Held(Role.COMMITTEE)}))
    said = Statement(session="of Helen", principal=who, made_at=host_now())
    helen.set_cookie(COOKIE, write(town.parts.settings, said))
    page = "/registration/desk/conferences/74th/runs"

    def shown() -> str:
        return helen.get(page, headers={"Accept": "text/html"}).text

    token = re.search(r'name="csrf_token" value="([^"]+)"', shown())
    assert token
    for action in ("pause", "pause", "resume"):
        answer = helen.post(f"/registration/desk/runs/{RUN}/{action}", data={"csrf_token": token[1]})
        assert (answer.status_code, "Helen Okafor" in shown()) == (303, True)
    ask(town, "pause")

    assert "Paused by the committee" in shown()
    rows = list(town.database.mongo[ARCHIVE].find({"type": RunSteered.type}).sort("sequence", 1))
    assert [(json.loads(each["data"])["mode"], each["actor"]) for each in rows] == [
        ("paused", "acc_helen"),
        ("running", "acc_helen"),
        ("paused", "key:committee"),
    ]


def test_a_step_that_is_under_way_when_its_run_is_paused_is_undone(town: House) -> None:
    ids = [town.register()["registration"] for _ in range(2)]
    town.cancel()
    claim = town.claimed(CANCELLED_CONFERENCE.name)
    town.take_steps(claim, 1)
    ask(town, "pause")

    with pytest.raises(LeaseLost):
        town.take_steps(claim, 1)

    assert lives(town, ids) == [Life.SUBMITTED] * 2
    assert town.said(RegistrationCancelled) == []
    assert run_of(town)["ended"] == 0


def test_a_deadline_that_passes_while_a_run_is_paused_counts_once_it_goes_on(town: House) -> None:
    id_ = town.register()["registration"]
    town.cancel()
    town.run_jobs()
    town.hear(offered(town.registration(id_)))
    ask(town, "pause")
    town.database.clock.move(CHOOSE_UNTIL + timedelta(days=1))
    town.look_again()
    assert town.said(SettlementFixed) == []

    ask(town, "resume")
    town.run_jobs()

    assert [(each.registration, each.fixed_by) for each in town.said(SettlementFixed)] == [(id_, "deadline")]


def test_asking_twice_for_the_same_changes_nothing(town: House) -> None:
    town.register()
    town.cancel()
    assert ask(town, "resume").status_code == 200  # it was going on
    before = [ask(town, "pause").json, town.database.mongo[RUNS.name].find_one({"_id": RUN})]

    again = [ask(town, "pause").json, town.database.mongo[RUNS.name].find_one({"_id": RUN})]

    assert again == before


def test_a_session_whose_run_is_paused_gives_nothing_back_until_it_goes_on(town: House) -> None:
    id_ = paid(town, "a-07")
    cancel_session(town)
    run = "ses_07:2"
    assert ask(town, "pause", run).status_code == 200
    town.database.clock.move(UNTIL)
    town.look_again()

    assert town.said(OptionCancelled) == []
    assert states(town, id_) == {"a-07": "cancelled_by_organiser"}
    assert ask(town, "resume", run).status_code == 200
    town.run_jobs()
    assert [each.registration for each in town.said(OptionCancelled)] == [id_]


# what is refused


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
def test_a_run_that_is_over_can_neither_be_held_up_nor_go_on(town: House, action: str) -> None:
    town.cancel()
    town.run_jobs()
    assert run_of(town)["state"] == "settled"

    refused = ask(town, action)

    assert refused.status_code == 409
    assert refused.json["type"] == "urn:reconvene:problem:RunIsOver"
    assert "All of this has been carried out. Nothing was" in refused.json["detail"]


def test_a_cancellation_can_be_paused_and_not_stopped(town: House) -> None:
    id_ = town.register()["registration"]
    town.cancel()

    refused = ask(town, "stop")

    assert refused.status_code == 409
    assert "Nothing was stopped; if something is wrong, pause it" in refused.json["detail"]
    town.run_jobs()
    assert town.registration(id_).life is Life.CANCELLED


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
def test_only_the_committee_steers_a_run_that_there_is(town: House, action: str) -> None:
    town.cancel()

    assert ask(town, action, "run_of_nobody").status_code == 404
    assert ask(town, action, auth=FINANCE).status_code == 403
    assert town.client.post(f"/registration/runs/{RUN}/{action}").status_code == 401
    assert run_of(town)["mode"] == "running"


def test_the_runs_of_a_conference_are_listed_and_no_others(town: House) -> None:
    town.open_conference("75th")
    town.cancel("75th", run="run_2")
    town.cancel()

    listed = town.client.get("/registration/runs?conference=74th", auth=FINANCE)

    items = cast(dict[str, Any], listed.json)["items"]
    assert [(each["run"], each["kind"]) for each in items] == [(RUN, "cancelled_conference")]
    assert town.client.get("/registration/runs", auth=FINANCE).status_code == 422


# whoever comes late


def test_whoever_is_found_when_a_run_counts_is_done_in_its_next_revision(town: House) -> None:
    ids = [town.register()["registration"] for _ in range(3)]
    town.cancel()
    claim = town.claimed(CANCELLED_CONFERENCE.name)
    town.take_steps(claim, 2)
    late = {"$set": {"life": "submitted", "run": "", "settling": Settling.NONE}}
    town.database.mongo[REGISTRATIONS.name].update_one({"_id": ids[0]}, late)

    town.look_again()

    assert lives(town, ids) == [Life.CANCELLED] * 3
    assert (run_of(town)["revision"], run_of(town)["count"], run_of(town)["digest"]) == (1, 3, digest_of(ids))
    assert [each.count for each in town.said(RegistrationRunClosed)] == [3]


def test_a_late_offer_takes_a_settled_run_up_again_as_its_next_revision(town: House) -> None:
    id_ = town.register()["registration"]
    town.cancel()
    town.run_jobs()
    town.database.clock.move(CHOOSE_UNTIL)
    town.hear(offered(town.registration(id_)))
    town.look_again()
    assert (run_of(town)["state"], run_of(town)["revision"]) == ("settled", 0)

    town.database.mongo[REGISTRATIONS.name].update_one({"_id": id_}, {"$set": {"settling": "nothing_to_choose"}})
    town.hear(offered(town.registration(id_)))
    town.run_jobs()

    assert (run_of(town)["state"], run_of(town)["revision"]) == ("settled", 1)


# runs of before


def restore_old(town: House) -> None:
    """The service's states as the version before this engine left them: both runs half-way."""
    town.forget()
    town.database.clock.move(OPENED_AT)
    for name, documents in json_util.loads(OLD.read_text()).items():
        if documents:
            town.database.mongo[name].insert_many(documents)


def test_runs_that_an_earlier_version_had_begun_go_on_to_the_same_end(town: House) -> None:
    restore_old(town)
    database = town.database
    with pytest.raises(NotMigrated, match=r"python -m services\.registration migrate"):
        require_migrated(database, [OLD_RUNS])

    lines = migrate(database, [OLD_RUNS])

    assert lines == ["Runs of cancelled conferences and sessions: 2 carried over."]
    require_migrated(database, [OLD_RUNS])
    assert migrate(database, [OLD_RUNS]) == []
    old = json.loads(OLD.read_text())
    ids = [each["_id"] for each in old["registrations"] if each["conference"] == "75th"]
    seats = [each["_id"] for each in old["registrations"] if each["conference"] == "74th"]
    for _ in range(3):
        town.look_again()
    assert lives(town, ids) == [Life.CANCELLED] * 5
    assert (run_of(town)["state"], run_of(town)["count"], run_of(town)["digest"]) == ("settling", 5, digest_of(ids))
    assert [states(town, each) for each in seats] == [{"a-07": "cancelled_by_organiser"}] * 5
    assert (run_of(town, "ses_07:2")["count"], run_of(town, "ses_07:2")["digest"]) == (5, digest_of(seats))
