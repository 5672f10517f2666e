"""Claims about facts that are put right by the desk: one person before and after, and everybody hears of it."""

from typing import Any, cast

import pytest

from services.registration.people.store import PEOPLE
from shared.contracts.registration import ContactChanged, PersonRegistered
from shared.contracts.scheduling import SpeakerIntroduced
from tests.integration.registration_house import House, application
from tests.town import COMMITTEE, FINANCE

HTML = {"Accept": "text/html"}
DANA: dict[str, Any] = {
    "name": "Dana Whitfeild",
    "email": "dana@millbrook.example",
    "postal_address": ["1 Main Street", "Millbrook"],
    "language": "en",
}
RIGHT = DANA | {"name": "Dana Whitfield"}
REASON = "She called on 14 April: her name was misspelt."


def registered(town: House, *, conference: str = "74th", **changed: Any) -> tuple[str, str]:
    """Somebody registers: the registration's id and the person's."""
    answer = town.register(person=DANA | changed, conference=conference)
    return answer["registration"], answer["person"]


def correct(town: House, person: str, *, key: str = "correct-1", auth: Any = COMMITTEE, **facts: Any) -> Any:
    body = {"reason": REASON} | facts
    path = f"/registration/people/{person}/corrections"
    return town.client.post(path, json=body, headers={"Idempotency-Key": key}, auth=auth)


def shown(town: House, person: str) -> dict[str, Any]:
    found = town.client.get(f"/registration/people/{person}", auth=COMMITTEE)
    assert found.status_code == 200, found.text
    return cast(dict[str, Any], found.json)


def test_a_name_that_was_misspelt_is_corrected_in_place_and_said_once(town: House) -> None:
    registration, person = registered(town)

    answers = [correct(town, person, name="Dana Whitfield") for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert {name: answers[0].json[name] for name in RIGHT} == RIGHT
    assert town.said(ContactChanged) == [
        ContactChanged(
            person=person,
            name="Dana Whitfield",
            email="dana@millbrook.example",
            postal_address=("1 Main Street", "Millbrook"),
            language="en",
            changed=("name",),
            name_before="Dana Whitfeild",
        )
    ]
    assert town.registration(registration).person == person


def test_each_correction_is_kept_beside_what_it_corrected_with_its_reason_and_who_made_it(town: House) -> None:
    _, person = registered(town)

    correct(town, person, name="Dana Whitfield")
    correct(town, person, key="correct-2", auth=FINANCE, email="dw@millbrook.example", reason="A new mailbox.")

    newest, first = shown(town, person)["corrections"]
    assert {name: newest[name] for name in ("by", "reason", "before", "after")} == {
        "by": "the finance office",
        "reason": "A new mailbox.",
        "before": {"email": "dana@millbrook.example"},
        "after": {"email": "dw@millbrook.example"},
    }
    assert (first["by"], first["reason"], first["before"]) == ("the committee", REASON, {"name": "Dana Whitfeild"})


def test_what_is_right_already_is_neither_said_nor_kept(town: House) -> None:
    _, person = registered(town)

    again = correct(town, person, **DANA)

    assert (again.status_code, shown(town, person)["corrections"]) == (200, [])
    assert town.said(ContactChanged) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "Please say what is right"),
        ({"name": " "}, "Please fill this in."),
        ({"email": "dana"}, "This is no e-mail address."),
        ({"email": "daná@millbrook.example"}, "address"),
        ({"postal_address": ["line"] * 9}, "at most 8 lines"),
        ({"language": "klingon"}, "one of the languages"),
        ({"name": "Dana Whitfield", "reason": " "}, "Please fill this in."),
        ({"email": None, "postal_address": []}, "Please tell us where to."),
        ({"street": "1 Main Street"}, "Unknown field"),
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(town: House, facts: dict[str, Any], said: str) -> None:
    _, person = registered(town)

    refused = correct(town, person, **facts)

    assert (refused.status_code, said in refused.text) == (422, True), refused.text
    assert {name: shown(town, person)[name] for name in DANA} == DANA
    assert town.said(ContactChanged) == []


def test_only_the_desks_see_and_correct_a_person(town: House) -> None:
    _, person = registered(town)

    strangers = [
        town.client.get(f"/registration/people/{person}"),
        correct(town, person, auth=None, name="Mallory"),
        town.client.post(f"/registration/desk/people/{person}", data={"name": "Mallory"}),
    ]
    nobody = [
        town.client.get("/registration/people/per_none", auth=COMMITTEE),
        correct(town, "per_none", name="Dana"),
        town.client.get("/registration/desk/people/per_none", auth=COMMITTEE, headers=HTML),
    ]

    assert [each.status_code for each in strangers] == [401, 401, 401]
    assert [each.status_code for each in nobody] == [404, 404, 404]
    assert town.said(ContactChanged) == []


def test_who_was_corrected_is_found_by_the_right_name_and_never_registered_a_second_time(town: House) -> None:
    town.open_conference("75th")
    _, person = registered(town)
    correct(town, person, name="Dana Whitfield")

    under_right = town.post(person=RIGHT)
    under_wrong = town.post(person=DANA)
    elsewhere = town.register(person=RIGHT, conference="75th")

    assert [each.json["type"].rpartition(":")[2] for each in (under_right, under_wrong)] == ["RegisteredAlready"] * 2
    assert "was corrected" in under_wrong.json["detail"]
    assert elsewhere["person"] == person
    assert len(town.said(PersonRegistered)) == 1


def test_whoever_has_the_name_of_before_registers_by_the_committee_or_for_another_conference(town: House) -> None:
    """Where one clerk follows another at the same address, a correction may have been a change of persons."""
    town.open_conference("75th")
    _, person = registered(town)
    correct(town, person, name="Rosa Delgado")

    elsewhere = town.register(person=DANA, conference="75th")
    headers = {"Idempotency-Key": "by-committee"}
    body = application(person=DANA)
    here = town.client.post("/registration/registrations", json=body, headers=headers, auth=COMMITTEE)

    assert here.status_code == 201, here.text
    assert cast(dict[str, Any], here.json)["person"] == elsewhere["person"] != person


def test_two_who_are_one_are_refused_until_the_desk_says_so_and_are_one_from_then_on(town: House) -> None:
    town.open_conference("75th")
    town.open_conference("76th")
    _, misspelt = registered(town)
    _, right = registered(town, conference="75th", name="Dana Whitfield")

    refused = correct(town, misspelt, name="Dana Whitfield")
    said = correct(town, misspelt, key="correct-2", name="Dana Whitfield", same_person=True)
    again = [town.post(person=RIGHT, conference=each) for each in ("74th", "75th")]
    later = town.register(person=RIGHT, conference="76th")

    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "KnownAlready")
    assert refused.json["person"] == right
    assert (said.status_code, said.json["name"], said.json["same_as"]) == (200, "Dana Whitfield", right)
    assert [each.status_code for each in again] == [409, 409]
    assert later["person"] == right


def test_two_who_are_registered_for_the_same_conference_are_not_made_one(town: House) -> None:
    _, misspelt = registered(town)
    _, right = registered(town, name="Dana Whitfield")

    refused = correct(town, misspelt, name="Dana Whitfield", same_person=True)

    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "RegisteredTwice")
    assert "74th Annual Conference" in refused.json["detail"]
    assert (shown(town, misspelt)["name"], shown(town, right)["name"]) == ("Dana Whitfeild", "Dana Whitfield")


def test_speakers_who_never_registered_are_corrected_here_too_with_and_without_an_address(town: House) -> None:
    town.hear(SpeakerIntroduced(person="per_a", name="Sam Whitlok", email="sam@institute.example"))
    town.hear(SpeakerIntroduced(person="per_b", name="Peg Sulivan", email=None, postal_address=("4 Elm",)))

    corrected = [correct(town, "per_a", name="Sam Whitlock"), correct(town, "per_b", key="b", name="Peg Sullivan")]

    assert [each.status_code for each in corrected] == [200, 200]
    assert [(each.person, each.name, each.name_before) for each in town.said(ContactChanged)] == [
        ("per_a", "Sam Whitlock", "Sam Whitlok"),
        ("per_b", "Peg Sullivan", "Peg Sulivan"),
    ]


def test_a_speaker_introduced_too_late_is_another_id_of_whoever_registered(town: House) -> None:
    _, person = registered(town)

    town.hear(SpeakerIntroduced(person="per_late", name=DANA["name"], email=DANA["email"]))

    assert shown(town, "per_late")["same_as"] == person


# the page


def form_of(town: House, person: str) -> dict[str, str]:
    document = town.database.mongo[PEOPLE.name].find_one({"_id": person})
    assert document is not None
    return {
        "name": DANA["name"],
        "email": DANA["email"],
        "postal_address": "1 Main Street\r\nMillbrook",
        "language": "en",
        "reason": REASON,
        "seen": str(document["version"]),
        "idempotency_key": f"form-{person}",
    }


def send(town: House, person: str, **changed: str) -> Any:
    data = form_of(town, person) | changed
    return town.client.post(f"/registration/desk/people/{person}", data=data, headers=HTML, auth=COMMITTEE)


def test_the_list_leads_to_the_person_whose_page_corrects_and_shows_what_was_corrected(town: House) -> None:
    _, person = registered(town)
    path = f"/registration/desk/people/{person}"

    listed = town.client.get("/registration/desk/conferences/74th", headers=HTML, auth=COMMITTEE)
    sent = send(town, person, name="Dana Whitfield", email="")
    page = town.client.get(path, headers=HTML, auth=COMMITTEE)

    assert f'href="{path}">Dana Whitfeild</a>' in listed.text
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    assert "<h1>Dana Whitfield</h1>" in page.text
    assert "none: we write letters" in page.text
    assert f"The committee: {REASON}".replace("&", "&amp;") in page.text
    assert (shown(town, person)["name"], shown(town, person)["email"]) == ("Dana Whitfield", None)


def test_a_form_that_is_refused_keeps_what_was_typed_beside_its_reason(town: House) -> None:
    _, person = registered(town)

    refused = send(town, person, email="dana", postal_address="7 River Road", reason="")

    assert refused.status_code == 422
    assert "This is no e-mail address." in refused.text
    assert 'value="dana"' in refused.text
    assert "7 River Road</textarea>" in refused.text
    assert 'id="reason-refused">Please fill this in.' in refused.text
    assert {name: shown(town, person)[name] for name in DANA} == DANA


def test_who_corrects_after_somebody_else_is_told_and_overwrites_nothing(town: House) -> None:
    _, person = registered(town)
    before = form_of(town, person)
    correct(town, person, postal_address=["7 River Road"])

    late = send(town, person, **before | {"name": "Dana Whitfield"})

    assert (late.status_code, "Nothing of yours was saved" in late.text) == (412, True)
    assert 'value="Dana Whitfield"' in late.text
    assert shown(town, person)["postal_address"] == ["7 River Road"]
    assert shown(town, person)["name"] == "Dana Whitfeild"


def test_the_page_asks_whether_two_are_one_and_takes_the_answer(town: House) -> None:
    town.open_conference("75th")
    _, misspelt = registered(town)
    _, right = registered(town, conference="75th", name="Dana Whitfield")

    asked = send(town, misspelt, name="Dana Whitfield")
    sent = send(town, misspelt, name="Dana Whitfield", same_person="yes", idempotency_key="form-2")
    page = town.client.get(f"/registration/desk/people/{misspelt}", headers=HTML, auth=COMMITTEE)

    assert asked.status_code == 409
    assert 'name="same_person"' in asked.text
    assert f'/registration/desk/people/{right}"' in asked.text
    assert sent.status_code == 303
    assert "This is the same person as" in page.text


def test_others_under_the_same_address_are_shown(town: House) -> None:
    _, person = registered(town)
    _, colleague = registered(town, name="Rosa Delgado")

    page = town.client.get(f"/registration/desk/people/{person}", headers=HTML, auth=COMMITTEE)

    assert f'<a href="/registration/desk/people/{colleague}">Rosa Delgado</a>' in page.text
