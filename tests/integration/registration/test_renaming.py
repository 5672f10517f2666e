"""An option gets another name: everyone who has it reads it and is told once, and whoever can't be helped is not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from services.registration.changing import jobs
from services.registration.changing.commands.renamed_option import KIND, rename_again
from services.registration.prices.store import OPTION_PLACES
from services.registration.registering import commands
from shared.auth import sign
from shared.contracts.flow import declaration
from shared.contracts.registration import OptionRenamed
from shared.ids import digest_of
from shared.unit import Conflict, Unit
from tests.integration.registration.test_cancellation import applicant
from tests.integration.registration_house import House
from tests.integration.registration_sessions import BANQUET, OPTIONS, choose, paid, session_cancelled
from tests.town import COMMITTEE, FINANCE

NEW = "Banquet on Thursday"
NOTE = "The ballroom is not ready on Wednesday."


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, with a banquet and two Academies."""
    one_house.forget()
    one_house.open_conference(options=OPTIONS)
    return one_house


def rename(town: House, *, product: str = "banquet", key: str = "key", auth: Any = COMMITTEE, **asked: Any) -> Any:
    """The committee gives an option another name; the response as it is."""
    return town.client.post(
        f"/registration/conferences/74th/options/{product}/name",
        json={"label": NEW, "note": NOTE} | asked,
        headers={"Idempotency-Key": key},
        auth=auth,
    )


def label_of(town: House, id_: str, product: str = "banquet") -> str:
    """What a registrant reads."""
    return next(each.label for each in town.registration(id_).options if each.product == product)


def told(town: House) -> list[str]:
    """Whom the event names, one for each time."""
    return sorted(each.registration for each in town.said(OptionRenamed))


def steer(town: House, run: str, action: str) -> Any:
    """The committee stops a run or lets it go on; the response as it is."""
    return town.client.post(f"/registration/runs/{run}/{action}", auth=COMMITTEE)


def run_of(town: House, run: str) -> Any:
    """What the desk is told about the run."""
    return town.client.get(f"/registration/runs/{run}", auth=FINANCE).json


def test_everyone_who_has_the_option_reads_its_new_name_and_is_told_once(town: House) -> None:
    holders = sorted(paid(town, "banquet") for _ in range(3))
    holders.append(town.register(options=["banquet"], tender="cheque")["registration"])
    other = paid(town, "a-07")

    run = rename(town).json["run"]
    town.run_jobs()
    town.look_again()

    assert [label_of(town, each) for each in holders] == [NEW] * 4
    assert label_of(town, other, "a-07") == "Academy A-07"
    assert told(town) == sorted(holders)
    assert {(each.from_label, each.label, each.note) for each in town.said(OptionRenamed)} == {("Banquet", NEW, NOTE)}
    answer = run_of(town, run)
    assert (answer["kind"], answer["state"], answer["count"]) == ("renamed_option", "settled", 4)
    assert answer["digest"] == digest_of(holders)


def test_whoever_takes_it_afterwards_takes_it_by_its_new_name_and_is_told_nothing(town: House) -> None:
    rename(town)
    town.run_jobs()

    id_ = paid(town, "banquet")

    assert label_of(town, id_) == NEW
    assert told(town) == []


def test_a_price_and_a_place_stay_as_they_were(town: House) -> None:
    id_ = paid(town, "banquet")
    before = town.registration(id_)
    taken = town.database.mongo[OPTION_PLACES.name].find_one({"product": "banquet"})

    rename(town)
    town.run_jobs()

    after = town.registration(id_)
    assert (after.total_minor, after.order_lines, after.life) == (before.total_minor, before.order_lines, before.life)
    left = town.database.mongo[OPTION_PLACES.name].find_one({"product": "banquet"})
    assert taken is not None
    assert left is not None
    assert (left["taken_count"], left["place_count"]) == (taken["taken_count"], taken["place_count"])


def test_who_is_taking_the_option_under_its_old_name_is_waited_for_and_told_too(town: House) -> None:
    """It has read the old name and taken its place, and is not committed yet: the run must wait for it."""
    submitting = declaration(commands.submit_registration)
    assert submitting is not None

    def submit_while_it_is_renamed(unit: Unit) -> str:
        application = replace(applicant(), options=("banquet",))
        id_ = commands.submit_registration(unit, application=application).id
        rename(town)
        claim = town.claimed(KIND.name)
        with pytest.raises((Conflict, PyMongoError)):
            town.database.attempt(lambda step: jobs.take_step(step, claim=claim, kind=KIND))
        return id_

    id_ = town.database.attempt(submit_while_it_is_renamed, emits=submitting.emits, starts=submitting.may_start)
    town.look_again()

    assert label_of(town, id_) == NEW
    assert told(town) == [id_]


def _is_asked(town: House) -> bool:
    return town.database.mongo["runs"].find_one({"kind": KIND.name}) is not None


def test_a_run_that_was_killed_tells_nobody_twice(town: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 2)
    ids = sorted(paid(town, "banquet") for _ in range(5))
    rename(town)
    town.take_steps(town.claimed(KIND.name), 2)  # and here its process is killed
    assert len(told(town)) == 2

    town.look_again()

    assert told(town) == ids


def test_stopped_half_way_the_others_keep_the_old_name_and_asked_again_only_they_are_told(
    town: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 2)
    ids = sorted(paid(town, "banquet") for _ in range(5))
    run = rename(town).json["run"]
    town.take_steps(town.claimed(KIND.name), 2)
    assert steer(town, run, "stop").json["mode"] == "stopped"
    town.look_again()
    assert [label_of(town, each) for each in ids].count("Banquet") == 3
    refused = steer(town, run, "resume")
    assert (refused.status_code, refused.json["title"]) == (409, "This was stopped")

    again = rename(town, key="another").json["run"]
    town.look_again()

    assert told(town) == ids
    assert run_of(town, again)["count"] == 3


def test_a_second_new_name_waits_until_the_first_is_told(town: House) -> None:
    paid(town, "banquet")
    rename(town)

    refused = rename(town, key="another", label="Banquet on Friday")

    assert refused.status_code == 409
    assert "still being told of its last new name. Nothing was changed" in refused.json["detail"]
    town.run_jobs()
    assert [each.label for each in town.said(OptionRenamed)] == [NEW]
    assert rename(town, key="third", label="Banquet on Friday").status_code == 202


def test_the_same_form_sent_twice_tells_once(town: House) -> None:
    paid(town, "banquet")

    runs = {rename(town).json["run"] for _ in range(2)}
    town.run_jobs()

    assert len(runs) == 1
    assert len(told(town)) == 1


def test_a_name_that_everyone_knows_already_is_refused(town: House) -> None:
    paid(town, "banquet")

    refused = rename(town, label=BANQUET["label"])

    assert (refused.status_code, refused.json["title"]) == (409, "That is its name already")
    assert "Nothing was changed, and nobody was told" in refused.json["detail"]
    assert not _is_asked(town)


@pytest.mark.parametrize(("is_cancelled", "why"), [(True, "has been cancelled"), (False, "is over")])
def test_after_the_conference_nothing_gets_a_new_name(town: House, is_cancelled: bool, why: str) -> None:
    id_ = paid(town, "banquet")
    if is_cancelled:
        town.cancel()
    else:
        town.database.clock.move(town.database.clock.now() + timedelta(days=365))

    refused = rename(town)

    assert refused.status_code == 409
    assert why in refused.json["detail"]
    assert label_of(town, id_) == "Banquet"


def test_who_has_heard_that_the_conference_is_cancelled_hears_of_no_new_name(town: House) -> None:
    paid(town, "banquet")
    run = rename(town).json["run"]
    town.cancel()

    town.run_jobs()
    town.look_again()

    assert told(town) == []
    assert run_of(town, run)["state"] == "settled"


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"label": ""}, 422), ({"label": "x" * 201}, 422), ({"note": "x" * 501}, 422), ({"product": "opera"}, 404)],
)
def test_what_makes_no_sense_is_refused_and_nobody_is_told(town: House, asked: dict[str, Any], status: int) -> None:
    paid(town, "banquet")

    refused = rename(town, **asked)

    assert refused.status_code == status
    assert not _is_asked(town)


def test_only_the_committee_gives_a_new_name(town: House) -> None:
    assert rename(town, auth=FINANCE).status_code == 403
    assert rename(town, auth=None).status_code == 401
    assert not _is_asked(town)


def test_a_seat_in_a_cancelled_session_keeps_its_choice_and_reads_the_new_name(town: House) -> None:
    id_ = paid(town, "a-07")
    town.hear(session_cancelled())
    town.run_jobs()

    rename(town, product="a-07", label="Academy: Records")
    town.run_jobs()

    assert label_of(town, id_, "a-07") == "Academy: Records"
    assert choose(town, id_, {"choice": "refund"}).status_code == 200


def test_what_was_told_after_a_backup_is_known_again_and_said_under_its_number(town: House) -> None:
    id_ = paid(town, "banquet")
    rename(town)
    town.run_jobs()
    (said,) = town.said(OptionRenamed)
    town.database.mongo["registrations"].update_one({"_id": id_}, {"$set": {"options.0.label": "Banquet"}})

    town.database.run(rename_again, said=said)
    town.database.run(rename_again, said=said)

    assert label_of(town, id_) == NEW


# the desk's page


def desk(town: House) -> str:
    """The page as the committee sees it."""
    shown = town.client.get("/registration/desk/conferences/74th/runs", auth=COMMITTEE)
    assert shown.status_code == 200
    return " ".join(shown.text.split())


def send(town: House, path: str, **form: str) -> Any:
    """A form of the page."""
    return town.client.post(
        f"/registration/desk/{path}",
        data={"idempotency_key": "page"} | form,
        auth=COMMITTEE,
        headers={"Accept": "text/html"},
    )


def test_the_committee_renames_pauses_and_lets_go_on_from_a_page(town: House) -> None:
    id_ = paid(town, "banquet")
    assert "Nothing so far." in desk(town)

    sent = send(town, "conferences/74th/renamings", product="banquet", label=NEW, note="")
    assert sent.status_code == 303
    run = town.database.mongo["runs"].find_one({"kind": KIND.name})
    assert run is not None
    assert send(town, f"runs/{run['_id']}/pause").status_code == 303
    town.look_again()

    assert f"Renamed: {NEW}" in desk(town)
    assert "paused" in desk(town)
    assert label_of(town, id_) == "Banquet"
    assert send(town, f"runs/{run['_id']}/resume").status_code == 303
    town.run_jobs()
    assert "Finished: 1 registrant" in desk(town)
    assert label_of(town, id_) == NEW


def test_what_was_typed_is_kept_beside_the_refusal(town: House) -> None:
    paid(town, "banquet")

    refused = send(town, "conferences/74th/renamings", product="banquet", label=" ", note=NOTE)

    assert refused.status_code == 422
    assert NOTE in refused.text
    assert "Please fill this in." in refused.text
    same = send(town, "conferences/74th/renamings", product="banquet", label="Banquet", note=NOTE)
    assert same.status_code == 409
    assert "That is its name already" in same.text


def test_a_registrant_reads_the_new_name_on_their_page(town: House) -> None:
    id_ = paid(town, "banquet")
    rename(town)
    town.run_jobs()

    token = sign(town.parts.settings, purpose="registration", id_=id_)
    shown = town.client.get(f"/registration/mine/{token}", headers={"Accept": "text/html"})

    assert NEW in shown.text
