"""A speaker's own page: what it shows, confirming, withdrawing, times, words; and that a link is one person's alone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.scheduling.call import store
from shared.auth import sign
from shared.contracts.scheduling import SpeakerConfirmed, SpeakerWithdrew
from tests.integration.call_house import PROPOSAL, House, begun, calls
from tests.integration.programme_house import problem
from tests.integration.scheduling_town import MORNING, Scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with calls(module_namespace) as running:
        yield running


@pytest.fixture
def house(town: Scheduling) -> Iterator[House]:
    """A congress with an open call."""
    house = begun(town)
    house.opened()
    yield house
    town.service.parts.database.clock.move(MORNING)


def said(house: House, kind: Any) -> list[Any]:
    return [each for each in house.said(kind) if each.conference == house.conference]


def cast(house: House, session: str) -> dict[str, bool]:
    return {each["person"]: each["is_confirmed"] for each in house.done("GET", f"/sessions/{session}")["cast"]}


# confirming


def test_a_speaker_confirms_once_and_the_session_is_confirmed_with_the_last_of_them(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")
    session, ann = proposal["session"], house.person("Ann Other")
    house.accepted(session)

    first = house.confirm(proposal["proposer"], session)
    half = house.proposal(session)["editorial"]
    again = house.confirm(proposal["proposer"], session)
    house.confirm(ann, session)

    assert (first.status_code, again.status_code) == (303, 303)
    assert half == "accepted"
    assert house.proposal(session)["editorial"] == "confirmed"
    assert [each.person for each in said(house, SpeakerConfirmed)] == [proposal["proposer"], ann]
    assert cast(house, session) == {proposal["proposer"]: True, ann: True}


def test_nothing_is_confirmed_before_the_committee_has_accepted_or_after_it_has_declined(house: House) -> None:
    proposal = house.proposed()

    early = house.confirm(proposal["proposer"], proposal["session"])
    house.decide(proposal["session"], is_accepted=False)
    declined = house.confirm(proposal["proposer"], proposal["session"])

    assert (early.status_code, declined.status_code) == (409, 409)
    assert "is not waiting for your word now. Nothing was changed." in early.text
    assert said(house, SpeakerConfirmed) == []


def test_nobody_confirms_after_the_last_day_and_the_page_says_what_to_do(town: Scheduling, house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])

    town.service.parts.database.clock.move(datetime(2020, 4, 24, 5, 0, tzinfo=UTC))  # midnight in St. Louis
    page = house.visitor.see(house.page(proposal["proposer"])).text
    response = house.confirm(proposal["proposer"], proposal["session"])

    assert "The day for confirming is over" in page
    assert "I will come and speak" not in page
    assert response.status_code == 409
    assert "was Thursday, April 23, 2020. You are not confirmed; please write to the committee" in response.text
    assert said(house, SpeakerConfirmed) == []


def test_one_minute_before_the_end_of_the_last_day_is_in_time(town: Scheduling, house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])

    town.service.parts.database.clock.move(datetime(2020, 4, 24, 4, 59, tzinfo=UTC))

    assert house.confirm(proposal["proposer"], proposal["session"]).status_code == 303


def test_somebody_whom_the_committee_has_invited_confirms_without_a_proposal(house: House) -> None:
    person = house.speaker()["id"]
    session = house.session("C-31")["id"]
    house.done("PUT", f"/sessions/{session}/cast", {"cast": [{"person": person}]}, seen="*")

    assert "Please confirm" in house.visitor.see(house.page(person)).text
    assert house.confirm(person, session).status_code == 303
    assert [each.person for each in said(house, SpeakerConfirmed)] == [person]


# withdrawing


def test_before_withdrawing_the_page_says_what_will_happen(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")
    house.accepted(proposal["session"])
    house.place(proposal["session"])
    house.release()

    page = house.visitor.see(house.page(proposal["proposer"], f"/sessions/{proposal['session']}/withdraw")).text

    assert "Are you sure that you can" in page
    assert "Monday, May 19, 2025, 10:00 AM Central Daylight Time, Mills Studio" in page
    assert "Ann Other stays on stage" in page
    assert "The committee decides what becomes of it" in page
    assert "undo this yourself." in page
    assert said(house, SpeakerWithdrew) == []


def test_who_withdraws_leaves_the_stage_and_the_committee_has_something_to_decide(house: House) -> None:
    proposal = house.proposed()
    session = proposal["session"]
    house.accepted(session, code="C-31")
    house.place(session)
    house.release()

    response = house.withdraw(proposal["proposer"], session)

    assert response.status_code == 303
    [told] = said(house, SpeakerWithdrew)
    assert (told.session, told.person, told.title) == (session, proposal["proposer"], "Records in a crisis")
    assert cast(house, session) == {}
    kept = house.done("GET", f"/sessions/{session}")
    assert (kept["editorial"], kept["slot"] is not None, kept["is_cancelled"]) == ("accepted", True, False)
    database = house.town.service.parts.database
    [waiting] = store.open_withdrawals(database, house.conference)
    assert (waiting.session, waiting.person) == (session, proposal["proposer"])
    desk = house.committee.see(f"{house.desk}/withdrawals").text
    assert 'Dr Sam Whitlock has withdrawn from <span class="whole">C-31</span> Records in a crisis' in desk
    assert "Monday, May 19, 2025, 10:00 AM Central Daylight Time, Mills Studio" in desk
    assert "Withdrawn" in house.visitor.see(house.page(proposal["proposer"])).text


def test_withdrawing_twice_is_refused_and_told_once(house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])

    first, second = (house.withdraw(proposal["proposer"], proposal["session"]) for _ in "12")
    page = house.visitor.see(house.page(proposal["proposer"], f"/sessions/{proposal['session']}/withdraw"))

    assert (first.status_code, second.status_code, page.status_code) == (303, 409, 409)
    assert "You are not, or no longer, on the stage of “Records in a crisis”." in second.text
    assert len(said(house, SpeakerWithdrew)) == 1


def test_one_press_that_arrives_twice_is_one_withdrawal(house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])
    path = house.page(proposal["proposer"], f"/sessions/{proposal['session']}/withdraw")

    answers = [house.visitor.send(path, {"idempotency_key": "pressed-" + proposal["session"]}) for _ in "12"]

    assert [each.status_code for each in answers] == [303, 303]
    assert len(said(house, SpeakerWithdrew)) == 1


def test_a_session_of_two_goes_on_with_the_other_and_the_committee_is_asked(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")
    session, ann = proposal["session"], house.person("Ann Other")
    house.accepted(session)
    house.confirm(ann, session)

    house.withdraw(proposal["proposer"], session)

    assert cast(house, session) == {ann: True}
    assert house.proposal(session)["editorial"] == "confirmed"
    assert [each["session"] for each in house.done("GET", "/withdrawals")["items"]] == [session]


def test_a_proposal_that_its_proposer_takes_back_is_not_decided_and_nobody_has_to_decide(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")

    house.withdraw(proposal["proposer"], proposal["session"])

    assert house.proposal(proposal["session"])["editorial"] == "withdrawn"
    assert problem(house.decide(proposal["session"], is_accepted=True)) == (409, "ProposalWithdrawn")
    assert problem(house.decide(proposal["session"], is_accepted=False)) == (409, "ProposalWithdrawn")
    assert house.done("GET", "/withdrawals")["items"] == []


def test_somebody_else_on_stage_leaves_a_proposal_and_it_stays(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")

    house.withdraw(house.person("Ann Other"), proposal["session"])

    assert house.proposal(proposal["session"])["editorial"] == "proposed"
    assert cast(house, proposal["session"]) == {proposal["proposer"]: False}


def test_an_accepted_session_that_has_no_place_goes_with_its_only_speaker(house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])

    house.withdraw(proposal["proposer"], proposal["session"])

    assert house.proposal(proposal["session"])["editorial"] == "withdrawn"
    assert len(house.done("GET", "/withdrawals")["items"]) == 1


def test_an_approval_is_reviewed_when_its_speaker_has_left(house: House) -> None:
    person = house.speaker()["id"]
    session = house.session("A-07", approval={"scheme": "cmc", "minutes": 240})["id"]
    house.done("PUT", f"/sessions/{session}/cast", {"cast": [{"person": person}]}, seen="*")

    house.withdraw(person, session)

    assert house.done("GET", f"/sessions/{session}")["approval"]["must_be_reviewed"] is True


def test_what_the_committee_has_decided_leaves_its_list_once(house: House) -> None:
    withdrawal = house.withdrawn()
    desk = f"{house.desk}/withdrawals"

    empty = house.committee.submit(desk, {"outcome": " "}, to=f"{desk}/{withdrawal}/settle")
    noted = house.committee.submit(desk, {"outcome": "A panel takes its place."}, to=f"{desk}/{withdrawal}/settle")
    again = house.call("POST", f"/withdrawals/{withdrawal}/settle", {"outcome": "Cancelled."})

    assert (empty.status_code, noted.status_code) == (422, 303)
    assert problem(again) == (409, "WithdrawalSettled")
    assert house.done("GET", "/withdrawals")["items"] == []
    assert "A panel takes its place." in house.committee.see(desk).text


def test_a_withdrawal_of_another_conference_is_not_settled_here(town: Scheduling, house: House) -> None:
    withdrawal, other = house.withdrawn(), begun(town)

    response = other.call("POST", f"/withdrawals/{withdrawal}/settle", {"outcome": "Cancelled."})

    assert problem(response) == (404, "WithdrawalUnknown")
    assert len(house.done("GET", "/withdrawals")["items"]) == 1


# the free registration


def complimentary(house: House) -> tuple[str, str]:
    person = house.speaker(is_complimentary=True)["id"]
    session = house.session("C-31")["id"]
    house.done("PUT", f"/sessions/{session}/cast", {"cast": [{"person": person}]}, seen="*")
    return person, session


def test_a_free_registration_stays_until_its_speaker_says_whether_they_come(house: House) -> None:
    person, session = complimentary(house)
    house.withdraw(person, session)

    asked = house.visitor.see(house.page(person)).text
    unsaid = house.done("GET", "/withdrawals")["items"][0]["coming"]
    stays_so_far = house.done("GET", f"/speakers/{person}")["is_complimentary"]
    answer = house.visitor.send(house.page(person, "/coming"), {"comes": "no"})

    assert "Your free registration stays until you tell us." in asked
    assert (unsaid, stays_so_far) == ("unasked", True)
    assert answer.status_code == 303
    assert house.done("GET", f"/speakers/{person}")["is_complimentary"] is False
    desk = house.committee.see(f"{house.desk}/withdrawals").text
    assert "Please end the free registration." in desk
    assert "release it" in desk


def test_who_stays_away_after_all_comes_back_on_the_list_of_what_was_decided(house: House) -> None:
    person, session = complimentary(house)
    house.withdraw(person, session)
    house.done("POST", f"/withdrawals/{session}:{person}/settle", {"outcome": "A panel takes its place."})

    house.visitor.send(house.page(person, "/coming"), {"comes": "no"})

    [waiting] = house.done("GET", "/withdrawals")["items"]
    assert (waiting["coming"], waiting["outcome"]) == ("stays_away", "A panel takes its place.")


def test_nobody_gives_a_free_registration_back_who_still_speaks(house: House) -> None:
    person, _ = complimentary(house)

    response = house.visitor.send(house.page(person, "/coming"), {"comes": "no"})
    unsaid = house.visitor.send(house.page(person, "/coming"), {})

    assert (response.status_code, unsaid.status_code) == (409, 422)
    assert house.done("GET", f"/speakers/{person}")["is_complimentary"] is True


# times and words


def away(house: House, person: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = house.done("GET", f"/speakers/{person}")["away"]
    return found


def test_a_speaker_says_when_they_cannot_come_in_the_venues_time(house: House) -> None:
    person = house.proposed()["proposer"]
    path = house.page(person)

    rows = {"day_0": "2025-05-19", "from_0": "13:00", "until_0": "", "day_1": "2025-05-20"}
    saved = house.visitor.submit(path, rows, to=f"{path}/availability")
    shown = house.visitor.see(path).text

    assert saved.status_code == 303
    assert [(each["starts"], each["ends"]) for each in away(house, person)] == [
        ("2025-05-19T18:00:00+00:00", "2025-05-20T05:00:00+00:00"),
        ("2025-05-20T05:00:00+00:00", "2025-05-21T05:00:00+00:00"),
    ]
    assert 'value="2025-05-19"' in shown
    assert 'value="13:00"' in shown
    dropped = house.visitor.submit(path, rows | {"drop_0": "yes"}, to=f"{path}/availability")
    assert dropped.status_code == 303
    assert len(away(house, person)) == 1


def test_times_that_make_no_sense_are_refused_beside_their_day_and_kept(house: House) -> None:
    person = house.proposed()["proposer"]
    path = house.page(person)

    response = house.visitor.submit(
        path, {"day_1": "2025-05-19", "from_1": "15:00", "until_1": "14:00"}, to=f"{path}/availability"
    )

    assert response.status_code == 422
    assert 'id="day_1-refused" role="alert">It ends before it begins.' in response.text
    assert 'value="15:00"' in response.text
    assert away(house, person) == []


def test_a_speaker_changes_name_and_words_and_is_told_when_somebody_else_was_there(house: House) -> None:
    person = house.proposed()["proposer"]
    path = house.page(person)
    version = house.done("GET", f"/speakers/{person}")["version"]

    saved = house.visitor.submit(path, {"name": "Sam Whitlock", "biography": "Archivist."}, to=f"{path}/words")
    overtaken = house.visitor.send(f"{path}/words", {"name": "S. W.", "biography": "", "seen": str(version)})
    empty = house.visitor.submit(path, {"name": " ", "biography": "Archivist."}, to=f"{path}/words")

    assert (saved.status_code, overtaken.status_code, empty.status_code) == (303, 412, 422)
    assert 'value="S. W."' in overtaken.text
    speaker = house.done("GET", f"/speakers/{person}")
    assert (speaker["name"], speaker["biography"]) == ("Sam Whitlock", "Archivist.")


# whose link it is


def test_a_link_gives_no_right_to_sessions_of_somebody_else(house: House) -> None:
    mine = house.proposed()
    theirs = house.proposed(name="Ann Other", email="ann@town.example", title="A secret")
    for each in (mine, theirs):
        house.accepted(each["session"])

    page = house.visitor.see(house.page(mine["proposer"])).text
    confirmed = house.confirm(mine["proposer"], theirs["session"])
    withdrawn = house.withdraw(mine["proposer"], theirs["session"])
    looked = house.visitor.see(house.page(mine["proposer"], f"/sessions/{theirs['session']}/withdraw"))

    assert "A secret" not in page
    assert (confirmed.status_code, withdrawn.status_code, looked.status_code) == (409, 409, 404)
    assert cast(house, theirs["session"]) == {theirs["proposer"]: False}


def test_a_link_to_one_conference_gives_no_right_at_another(town: Scheduling, house: House) -> None:
    other = begun(town)
    other.opened()
    here, there = house.proposed(), other.proposed()
    other.accepted(there["session"])

    assert here["proposer"] == there["proposer"]
    assert house.confirm(here["proposer"], there["session"]).status_code == 404
    assert house.withdraw(here["proposer"], there["session"]).status_code == 404
    assert cast(other, there["session"]) == {there["proposer"]: False}


@pytest.mark.parametrize("purpose", ["agenda", "monitor", "registration"])
def test_a_link_for_something_else_opens_no_speakers_page(house: House, purpose: str) -> None:
    person = house.proposed()["proposer"]
    token = sign(house.town.service.parts.settings, purpose=purpose, id_=f"{house.conference}:{person}")

    assert house.visitor.see(f"/speaking/{token}").status_code == 404


def test_after_a_cancellation_the_page_says_so_and_nothing_is_left_to_do(town: Scheduling, house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])
    town.cancelled(house.conference)

    page = house.visitor.see(house.page(proposal["proposer"])).text

    assert "This conference is cancelled" in page
    assert "I will come and speak" not in page
    assert house.confirm(proposal["proposer"], proposal["session"]).status_code == 409
    assert house.withdraw(proposal["proposer"], proposal["session"]).status_code == 409


def test_nothing_is_confirmed_or_left_when_the_conference_is_over(town: Scheduling, house: House) -> None:
    person = house.speaker()["id"]
    session = house.session("C-31")["id"]
    house.done("PUT", f"/sessions/{session}/cast", {"cast": [{"person": person}]}, seen="*")

    town.service.parts.database.clock.move(datetime(2025, 5, 22, 5, 0, tzinfo=UTC))  # midnight after the last day
    page = house.visitor.see(house.page(person)).text

    assert "The conference is over" in page
    assert "I will come and speak" not in page
    assert (house.confirm(person, session).status_code, house.withdraw(person, session).status_code) == (409, 409)
    assert said(house, SpeakerConfirmed) + said(house, SpeakerWithdrew) == []


def test_what_is_not_published_yet_is_not_told_by_the_page(house: House) -> None:
    proposal = house.proposed()
    house.accepted(proposal["session"])
    house.place(proposal["session"])

    before = house.visitor.see(house.page(proposal["proposer"])).text
    house.release()
    after = house.visitor.see(house.page(proposal["proposer"])).text

    assert "Not published yet." in before
    assert "Mills Studio" not in before
    assert "Monday, May 19, 2025, 10:00 AM Central Daylight Time" in after
    assert "Mills Studio" in after


# in the reader's language


def test_somebody_proposes_confirms_and_withdraws_in_dutch(house: House) -> None:
    dutch = "?lang=nl"
    call = house.visitor.see(f"{house.public}{dutch}").text
    gap = house.propose(title="")
    received = house.visitor.submit(f"{house.public}/propose", PROPOSAL)
    proposal = house.done("GET", "/proposals")["items"][-1]
    thanks = house.visitor.see(received.headers["Location"].removeprefix("/scheduling")).text
    early = house.confirm(proposal["proposer"], proposal["session"])
    house.accepted(proposal["session"])
    asked = house.visitor.see(house.page(proposal["proposer"])).text
    house.confirm(proposal["proposer"], proposal["session"])
    confirmed = house.visitor.see(house.page(proposal["proposer"])).text
    leaving = house.visitor.see(house.page(proposal["proposer"], f"/sessions/{proposal['session']}/withdraw")).text

    assert '<html lang="nl">' in call
    assert "Parallelle sessie, Academie" in call
    assert "75, 240 minuten" in call
    assert "Er is nog niets verstuurd: kijk 1 veld hieronder nog eens na." in gap.text
    assert 'role="alert">Vul dit in.' in gap.text
    assert f"Wij hebben uw voorstel ontvangen. Het nummer is {proposal['code']}." in thanks
    assert "‘Records in a crisis’ wacht nu niet op uw antwoord. Er is niets gewijzigd." in early.text
    assert "Bevestig alstublieft" in asked
    assert "het eind van donderdag 23 april 2020 (Central-tijd)" in asked
    assert "Hartelijk dank. U spreekt in ‘Records in a crisis’." in confirmed
    assert "Weet u zeker dat u niet kunt komen?" in leaving


def test_a_day_that_makes_no_sense_is_said_in_french_beside_its_row(house: House) -> None:
    proposal = house.proposed()
    house.visitor.see(f"{house.public}?lang=fr")

    refused = house.visitor.send(
        house.page(proposal["proposer"], "/availability"),
        {"rows": "1", "day_0": "2020-05-18", "from_0": "15:00", "until_0": "14:00", "seen": "1"},
    )

    assert refused.status_code == 422
    assert 'id="day_0-refused" role="alert">La fin précède le début.' in refused.text
    assert "Rien n’a encore été modifié\u00a0: 1 champ est à revoir ci-dessous." in refused.text
