"""The call for sessions on the real database: terms, proposals by the public form, review, decisions."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.scheduling.call.commands import proposals as commands
from services.scheduling.call.domain.asked import Asked
from services.scheduling.conferences.domain.conference import ConferenceIsCancelled
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import Kind
from shared.contracts.flow import declaration
from shared.contracts.registration import PersonRegistered
from shared.contracts.scheduling import ProposalDecided, ProposalReceived, SpeakerIntroduced
from shared.unit import Unit
from tests.integration.call_house import PROPOSAL, TERMS, House, begun, calls
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


def received(house: House) -> list[ProposalReceived]:
    return [each for each in house.said(ProposalReceived) if each.conference == house.conference]


def decided(house: House) -> list[ProposalDecided]:
    return [each for each in house.said(ProposalDecided) if each.conference == house.conference]


def at(town: Scheduling, year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> None:
    town.service.parts.database.clock.move(datetime(year, month, day, hour, minute, tzinfo=UTC))


# the terms


def test_a_conference_leads_to_its_call_while_it_is_open_and_not_before_or_after(town: Scheduling) -> None:
    house = begun(town)
    page = f"/conferences/{house.conference}/page"
    link = f'href="/scheduling{house.public}"'

    house.opened(opens="2020-04-10")
    before, before_page = house.visitor.see(page).text, house.visitor.see(house.public).text
    house.opened()
    while_open, open_page = house.visitor.see(page).text, house.visitor.see(house.public).text
    house.opened(closes="2020-04-08")
    after, after_page = house.visitor.see(page).text, house.visitor.see(house.public).text

    assert [link in each for each in (before, while_open, after)] == [False, True, False]
    assert "We take proposals from Friday, April 10, 2020 on." in before_page
    assert "Tell us what your town has learned." in open_page
    assert 'href="/scheduling' + house.public + '/propose">Propose a session</a>' in open_page
    assert "Proposals were taken until the end of Wednesday, April 8, 2020." in after_page
    assert "/propose" not in before_page + after_page


def test_the_call_closes_at_the_end_of_its_day_in_the_conferences_zone(town: Scheduling, house: House) -> None:
    house.opened(closes="2020-04-30")

    at(town, 2020, 5, 1, 4, 59)  # one minute before midnight in St. Louis
    last_minute = house.propose()
    at(town, 2020, 5, 1, 5, 0)
    too_late = house.propose()

    assert last_minute.status_code == 303
    assert too_late.status_code == 409
    assert "The call closed at the end of Thursday, April 30, 2020. Your proposal was not sent" in too_late.text
    assert PROPOSAL["abstract"] in too_late.text


def test_the_call_opens_with_its_first_day_and_refuses_before(house: House) -> None:
    house.opened(opens="2020-04-10")

    too_early = house.visitor.send(f"{house.public}/propose", PROPOSAL)
    form = house.visitor.see(f"{house.public}/propose")

    assert too_early.status_code == 409
    assert "The call opens on Friday, April 10, 2020. Your proposal was not sent" in too_early.text
    assert (form.status_code, form.headers["Location"]) == (303, f"/scheduling{house.public}")
    assert house.done("GET", "/proposals")["items"] == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"closes": "2020-03-31"}, "closes"),
        ({"closes": "2025-05-18"}, "closes"),
        ({"decided_by": "2020-06-29"}, "decided_by"),
        ({"decided_by": "2025-05-18"}, "decided_by"),
        ({"kinds": []}, "kinds"),
        ({"lengths": [3]}, "lengths"),
        ({"tracks": ["nowhere"]}, "tracks"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_their_field(house: House, changed: dict[str, Any], field: str) -> None:
    response = house.call("PUT", "/call/terms", TERMS | changed, seen="*")

    assert response.status_code == 422
    assert field in response.get_json()["errors"]["json"]
    assert house.done("GET", "/call/terms")["closes"] == "2020-06-30"


def test_who_changes_terms_that_somebody_else_has_changed_is_refused(house: House) -> None:
    house.opened(confirm_days=10)

    overtaken = house.call("PUT", "/call/terms", TERMS | {"confirm_days": 7}, seen=1)
    unseen = house.call("PUT", "/call/terms", TERMS | {"confirm_days": 7})
    same_again = house.call("PUT", "/call/terms", TERMS | {"confirm_days": 10}, seen=1)

    assert (problem(overtaken), problem(unseen)) == ((412, "EditedMeanwhile"), (428, "NotSeen"))
    assert same_again.status_code == 200
    assert house.done("GET", "/call/terms")["confirm_days"] == 10


def test_the_committee_opens_a_call_by_the_form_and_keeps_what_it_typed_when_refused(town: Scheduling) -> None:
    house = begun(town)
    fields = {"opens": "2020-04-01", "closes": "2020-03-01", "confirm_days": "14", "lengths": "45, 75"}
    form = {**fields, "kinds": "academy", "tracks": "records", "intro": "Come and tell."}

    refused = house.committee.submit(f"{house.desk}/call", form)
    granted = house.committee.submit(f"{house.desk}/call", form | {"closes": "2020-05-01"})

    assert refused.status_code == 422
    assert "The call would close before it opens, on Wednesday, April 1, 2020." in refused.text
    assert 'value="45, 75"' in refused.text
    assert 'value="academy" checked' in refused.text
    assert granted.status_code == 303
    terms = house.done("GET", "/call/terms")
    assert (terms["lengths"], terms["kinds"], terms["tracks"]) == ([45, 75], ["academy"], ["records"])


def test_a_conference_without_a_call_has_no_page_of_one(town: Scheduling) -> None:
    house = begun(town)

    assert house.visitor.see(house.public).status_code == 404
    assert problem(house.call("GET", "/call/terms", desk=None)) == (404, "CallUnknown")


def test_the_call_of_a_draft_is_the_committees_alone(town: Scheduling) -> None:
    house = House(town, town.drafted(starts="2025-05-18", ends="2025-05-21"))
    house.opened(tracks=[])

    assert problem(house.call("GET", "/call/terms", desk=None)) == (404, "ConferenceUnknown")
    assert house.visitor.see(house.public).status_code == 404
    assert house.done("GET", "/call/terms")["standing"] == "not_yet"


# proposing


def test_a_proposal_is_a_session_with_a_code_and_its_proposer_is_told_once(house: House) -> None:
    proposal = house.proposed(needs="stream")

    [told] = received(house)
    session = house.done("GET", f"/sessions/{proposal['session']}")
    assert (told.session, told.person, told.title) == (session["id"], proposal["proposer"], "Records in a crisis")
    assert told.decided_by == date(2020, 8, 31)
    assert (session["code"], session["editorial"], session["kind"]) == ("P-001", "proposed", "concurrent")
    assert (session["minutes"], session["track"], session["needs"]) == (75, "records", ["stream"])
    assert [each["person"] for each in session["cast"]] == [proposal["proposer"]]
    assert proposal["note"] == "Not on the Sunday, please."
    assert house.proposed(email="other@town.example")["code"] == "P-002"


def test_the_same_form_sent_twice_is_one_proposal(house: House) -> None:
    form = house.visitor.see(f"{house.public}/propose").text
    key = re.findall(r'name="idempotency_key" value="([^"]*)"', form)[0]

    first, second = (house.visitor.send(f"{house.public}/propose", PROPOSAL | {"idempotency_key": key}) for _ in "12")
    other = house.visitor.send(f"{house.public}/propose", PROPOSAL | {"idempotency_key": key, "title": "Another"})

    assert (first.status_code, second.status_code, other.status_code) == (303, 303, 422)
    assert "we have that proposal".casefold() in other.text.casefold()
    assert len(received(house)) == 1


def test_an_address_that_mail_servers_may_not_take_is_said_at_the_speakers_form(house: House) -> None:
    house.opened()

    refused = house.propose(email="ngozi.ö@uni.example")
    with_such_a_domain = house.propose(email="ngozi@öl.example")

    assert refused.status_code == 422
    assert "There is “ö” before the @, and many mail servers can" in refused.text
    assert with_such_a_domain.status_code == 303


def test_nobody_can_tell_from_the_answer_whether_an_address_is_known(house: House) -> None:
    known = PersonRegistered(
        person="per_known_1", name="Kay Known", email="kay@town.example", postal_address=(), language="en"
    )
    house.hear(known)

    of_known = house.propose(name="Kay Known", email="kay@town.example")
    of_new = house.propose(name="Nora New", email="nora@town.example")

    assert (of_known.status_code, of_known.headers["Location"]) == (of_new.status_code, of_new.headers["Location"])
    assert of_known.get_data() == of_new.get_data()
    assert received(house)[0].person == "per_known_1" or received(house)[1].person == "per_known_1"
    assert "kay@town.example" not in [each.email for each in house.said(SpeakerIntroduced)]


def test_what_was_typed_is_kept_when_something_is_missing(house: House) -> None:
    response = house.propose(
        title="", minutes="60", email="not an address", co_name_3="Ann Other", co_email_3="nonsense", needs="stream"
    )

    assert response.status_code == 422
    page = response.text
    assert 'id="title-refused" role="alert">Please fill this in.' in page
    assert 'id="email-refused"' in page
    assert 'id="co_email_3-refused"' in page
    for kept in ("What to keep when the river comes.", "Ann Other", "Not on the Sunday, please.", "not an address"):
        assert kept in page
    assert 'value="stream" checked' in page
    assert received(house) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"kind": "social"}, "kind"), ({"minutes": "60"}, "minutes"), ({"track": "finance"}, "track")],
)
def test_what_the_call_does_not_ask_for_is_refused(house: House, changed: dict[str, str], field: str) -> None:
    response = house.propose(**changed)

    assert response.status_code == 422
    assert f'id="{field}-refused"' in response.text
    assert received(house) == []


def test_others_on_stage_are_introduced_and_hear_nothing_before_a_decision(house: House) -> None:
    proposal = house.proposed(co_name_2="Ann Other", co_email_2="ann@town.example")

    session = house.done("GET", f"/sessions/{proposal['session']}")
    assert [each["person"] for each in session["cast"]] == [proposal["proposer"], house.person("Ann Other")]
    assert [each.person for each in received(house)] == [proposal["proposer"]]


def test_somebody_named_twice_is_refused_where_they_stand(house: House) -> None:
    twice = {"co_name_3": "dr sam  Whitlock", "co_email_3": "Whitlock@institute.example"}

    response = house.propose(co_name_1="Ann Other", co_email_1="ann@town.example", **twice)

    assert response.status_code == 422
    assert 'id="co_name_3-refused" role="alert">Somebody is named twice.' in response.text
    assert received(house) == []


def test_a_machine_that_fills_in_the_hidden_field_is_thanked_and_nothing_is_kept(house: House) -> None:
    response = house.propose(website="https://spam.example")

    assert (response.status_code, response.headers["Location"]) == (303, f"/scheduling{house.public}/received")
    assert received(house) == []
    assert house.visitor.see(f"{house.public}/received").status_code == 200


def test_one_address_sends_only_so_many_proposals_in_an_hour_and_others_go_on(house: House) -> None:
    answers = [house.propose(title=f"Idea {number}") for number in range(7)]
    other = house.propose(email="other@town.example")

    assert [each.status_code for each in answers] == [303] * 6 + [429]
    assert "This one was not sent; what you wrote is kept" in answers[-1].text
    assert "Idea 6" in answers[-1].text
    assert other.status_code == 303


def test_a_proposal_at_the_moment_of_a_cancellation_is_refused(town: Scheduling, house: House) -> None:
    database = town.service.parts.database
    asked = Asked(
        title="Just in time",
        abstract="-",
        kind=Kind.CONCURRENT,
        minutes=75,
        proposer=Introduction(name="Tim", email="tim@town.example"),
    )
    cancelled: list[str] = []

    def propose(unit: Unit) -> None:
        commands.propose_session(unit, conference=house.conference, asked=asked)
        if not cancelled:
            cancelled.append(town.cancelled(house.conference))

    declared = declaration(commands.propose_session)
    assert declared is not None
    with pytest.raises(ConferenceIsCancelled):
        database.transact(propose, emits=declared.emits)
    assert received(house) == []


def test_a_cancelled_conference_takes_no_proposals_and_says_so(town: Scheduling, house: House) -> None:
    town.cancelled(house.conference)

    assert "This conference is cancelled" in house.visitor.see(house.public).text
    assert house.visitor.send(f"{house.public}/propose", PROPOSAL).status_code == 409


# review


def review(house: House, session: str, reviewer: str, score: int, comment: str = "") -> Any:
    body = {"reviewer": reviewer, "score": score, "comment": comment}
    return house.done("POST", f"/proposals/{session}/reviews", body)


def test_each_reviewer_has_one_review_and_the_earlier_one_is_kept_behind_it(house: House) -> None:
    session = house.proposed()["session"]

    review(house, session, "Helen", 2, "Too broad.")
    review(house, session, "Tom", 4)
    changed = review(house, session, "helen", 5, "Now I see.")

    assert changed["average_tenths"] == 45
    [helen, tom] = changed["reviews"]
    assert (helen["reviewer"], helen["score"], helen["comment"]) == ("Helen", 5, "Now I see.")
    assert [(each["score"], each["comment"]) for each in helen["earlier"]] == [(2, "Too broad.")]
    assert (tom["score"], tom["earlier"]) == (4, [])


@pytest.mark.parametrize("score", [0, 6, "4", None])
def test_a_score_is_from_one_to_five(house: House, score: object) -> None:
    session = house.proposed()["session"]

    response = house.call("POST", f"/proposals/{session}/reviews", {"reviewer": "Helen", "score": score})

    assert response.status_code == 422
    assert house.proposal(session)["reviews"] == []


def test_what_is_decided_is_not_reviewed_any_more(house: House) -> None:
    session = house.proposed()["session"]
    house.accepted(session)

    response = house.call("POST", f"/proposals/{session}/reviews", {"reviewer": "Helen", "score": 3})

    assert problem(response) == (409, "DecidedAlready")


def test_the_committee_reviews_and_decides_by_forms_and_keeps_what_it_typed(house: House) -> None:
    session = house.proposed()["session"]
    page = f"{house.desk}/proposals/{session}"

    gap = house.committee.submit(page, {"reviewer": "Helen", "comment": "Good."}, to=f"{page}/review")
    saved = house.committee.submit(page, {"reviewer": "Helen", "score": "4"}, to=f"{page}/review")
    undecided = house.committee.submit(page, {"remark": "See you."}, to=f"{page}/decide")
    decision = {"decision": "accept", "code": "C-73", "remark": "See you."}
    done = house.committee.submit(page, decision, to=f"{page}/decide")

    assert gap.status_code == 422
    assert ">Good.</textarea>" in gap.text
    assert saved.status_code == 303
    assert undecided.status_code == 422
    assert ">See you.</textarea>" in undecided.text
    assert done.status_code == 303
    shown = house.committee.see(page).text
    assert "now C-73" in shown
    assert "4.0" in shown


# decisions


def test_accepting_gives_the_final_code_and_asks_everybody_on_stage_to_confirm_once(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")

    session = house.accepted(proposal["session"], code="C-73", remark="Wonderful.")
    again = house.decide(proposal["session"], is_accepted=True)

    told = decided(house)
    assert (session["code"], session["editorial"]) == ("C-73", "accepted")
    assert {each.person for each in told} == {proposal["proposer"], house.person("Ann Other")}
    assert {(each.is_accepted, each.remark, each.confirm_until) for each in told} == {
        (True, "Wonderful.", datetime(2020, 4, 24, 5, 0, tzinfo=UTC))
    }
    assert problem(again) == (409, "DecidedAlready")
    assert len(decided(house)) == 2


def test_without_a_code_the_next_of_its_kind_is_given(house: House) -> None:
    house.session("C-72")
    concurrent, academy = house.proposed(), house.proposed(kind="academy", minutes="240")

    assert house.accepted(concurrent["session"])["code"] == "C-73"
    assert house.accepted(academy["session"])["code"] == "A-01"


def test_a_code_that_is_taken_is_refused_by_its_field_and_nobody_is_told(house: House) -> None:
    house.session("C-72")
    session = house.proposed()["session"]

    response = house.decide(session, is_accepted=True, code="C-72")

    assert problem(response) == (409, "CodeTaken")
    assert decided(house) == []
    assert house.proposal(session)["editorial"] == "proposed"


def test_a_declined_proposal_may_be_accepted_later_and_is_told_both_times(house: House) -> None:
    proposal = house.proposed(co_name_1="Ann Other", co_email_1="ann@town.example")

    declined = house.decide(proposal["session"], is_accepted=False, remark="No room.")
    twice = house.decide(proposal["session"], is_accepted=False)
    [told] = decided(house)
    session = house.accepted(proposal["session"])

    assert (declined.status_code, problem(twice)) == (200, (409, "DecidedAlready"))
    assert (told.person, told.is_accepted, told.remark) == (proposal["proposer"], False, "No room.")
    assert session["editorial"] == "accepted"
    assert [each["is_accepted"] for each in house.proposal(proposal["session"])["decisions"]] == [False, True]
    assert len(decided(house)) == 3


def test_an_accepted_proposal_may_be_declined_while_nobody_has_confirmed_and_not_after(house: House) -> None:
    waiting, sure = house.proposed(), house.proposed(name="Sure", email="sure@town.example")
    for each in (waiting, sure):
        house.accepted(each["session"])
    assert house.confirm(sure["proposer"], sure["session"]).status_code == 303

    assert house.decide(waiting["session"], is_accepted=False).status_code == 200
    assert problem(house.decide(sure["session"], is_accepted=False)) == (409, "DecidedAlready")
    assert problem(house.decide(sure["session"], is_accepted=True)) == (409, "DecidedAlready")


def test_who_did_not_confirm_in_time_may_be_asked_once_more(town: Scheduling, house: House) -> None:
    session = house.proposed()["session"]
    house.accepted(session, code="C-73")

    at(town, 2020, 4, 24, 5, 0)
    asked_anew = house.decide(session, is_accepted=True)

    assert asked_anew.status_code == 200
    until = max(each.confirm_until for each in decided(house) if each.confirm_until)
    assert until == datetime(2020, 5, 9, 5, 0, tzinfo=UTC)
    assert house.proposal(session)["session_code"] == "C-73"


def test_who_decides_about_what_was_changed_meanwhile_is_refused(house: House) -> None:
    session = house.proposed()["session"]
    version = int(house.call("GET", f"/proposals/{session}").headers["ETag"].strip('"'))
    house.done("PATCH", f"/sessions/{session}", {"title": "Records in calm"}, seen="*")

    response = house.decide(session, is_accepted=True, seen=version)
    unseen = house.decide(session, is_accepted=True, seen=None)

    assert (problem(response), problem(unseen)) == ((412, "EditedMeanwhile"), (428, "NotSeen"))
    assert decided(house) == []


def test_the_same_decision_sent_twice_under_one_key_is_told_once(house: House) -> None:
    session = house.proposed()["session"]

    answers = [
        house.call("POST", f"/proposals/{session}/decision", {"is_accepted": True}, seen="*", key="one-key-" + session)
        for _ in "12"
    ]

    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    assert len(decided(house)) == 1


def test_many_are_decided_at_once_each_by_itself(house: House) -> None:
    first, second, third = (house.proposed(title=f"Idea {each}") for each in "123")
    house.withdraw(second["proposer"], second["session"])
    listed = house.committee.see(f"{house.desk}/proposals").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', listed))

    ticked = {"session": [each["session"] for each in (first, second, third)]}
    response = house.committee.client.post(
        f"/scheduling{house.desk}/proposals/decide",
        data={**hidden, **ticked, "decision": "accept", "remark": "Welcome."},
        headers={"Accept": "text/html"},
    )

    assert response.status_code == 409
    assert "P-002 was taken back by who proposed it. Nothing was decided." in response.text
    assert "Accepted: P-001, P-003." in response.text
    states = [house.proposal(each["session"])["editorial"] for each in (first, second, third)]
    assert states == ["accepted", "withdrawn", "accepted"]
    assert [each["session_code"] for each in house.done("GET", "/proposals")["items"]] == ["C-01", "P-002", "C-02"]


def test_nothing_is_decided_about_nothing(house: House) -> None:
    house.proposed()
    page = f"{house.desk}/proposals"

    assert house.committee.submit(page, {"decision": "accept"}, to=f"{page}/decide").status_code == 422
    assert decided(house) == []


def test_the_list_is_filtered_and_ordered(house: House) -> None:
    low, high = house.proposed(title="Budgets"), house.proposed(title="Ballots", kind="academy", minutes="240")
    review(house, low["session"], "Helen", 2)
    review(house, high["session"], "Helen", 5)
    page = f"{house.desk}/proposals"

    by_score = house.committee.see(f"{page}?order=score").text
    academies = house.committee.see(f"{page}?kind=academy&text=ball").text
    none = house.committee.see(f"{page}?state=withdrawn").text

    assert by_score.index("Ballots") < by_score.index("Budgets")
    assert "Ballots" in academies
    assert "Budgets" not in academies
    assert "Nothing fits these filters." in none


@pytest.mark.parametrize("desk", [None, "finance"])
def test_proposals_are_the_committees_alone(house: House, desk: str | None) -> None:
    session = house.proposed()["session"]
    refused = 401 if desk is None else 403

    asked = [
        house.call("GET", "/proposals", desk=desk),
        house.call("GET", f"/proposals/{session}", desk=desk),
        house.call("POST", f"/proposals/{session}/decision", {"is_accepted": True}, seen="*", desk=desk),
        house.call("POST", f"/proposals/{session}/reviews", {"reviewer": "I", "score": 5}, desk=desk),
        house.call("PUT", "/call/terms", TERMS, seen="*", desk=desk),
        house.call("GET", "/withdrawals", desk=desk),
    ]

    assert [each.status_code for each in asked] == [refused] * len(asked)


def test_a_proposal_of_another_conference_is_not_found(town: Scheduling, house: House) -> None:
    session, other = house.proposed()["session"], begun(town)
    other.opened()

    assert problem(other.call("GET", f"/proposals/{session}")) == (404, "ProposalUnknown")
    assert problem(other.decide(session, is_accepted=True)) == (404, "ProposalUnknown")


def test_no_address_stays_in_scheduling(town: Scheduling, house: House) -> None:
    house.proposed(email="very.private@town.example")
    mongo = town.service.parts.database.mongo

    kept = {name: json.dumps(list(mongo[name].find()), default=str) for name in mongo.list_collection_names()}

    assert [name for name, text in kept.items() if "very.private" in text] == []


# what waits for the committee


def test_a_withdrawal_waits_on_the_committees_desk_until_it_is_decided(house: House) -> None:
    before = house.committee.see(f"/desk/conferences/{house.conference}").text
    withdrawal = house.withdrawn()
    house.proposed(name="Per Olsen", email="per@uni.example")

    desk = house.committee.see("/desk").text
    own = house.committee.see(f"/desk/conferences/{house.conference}").text
    page = f"/desk/conferences/{house.conference}/withdrawals"
    house.committee.submit(page, {"outcome": "A colleague speaks."}, to=f"{page}/{withdrawal}/settle")
    settled = house.committee.see(f"/desk/conferences/{house.conference}").text

    assert "<h2>Waiting for you</h2>" not in before
    assert "<h2>Waiting for you</h2>" in own
    for shown in (desk, own):
        assert f'href="/scheduling{page}">A speaker has withdrawn: decide what becomes of the session</a>' in shown
        assert f"/desk/conferences/{house.conference}/proposals" in shown
        assert "One proposal is not decided" in shown
    assert "A speaker has withdrawn" not in settled
    assert "One proposal is not decided" in settled
