"""Claims about what people correct about themselves: at once, but for a new e-mail address, which is proved first."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.registration.correcting.domain.addresses import KEPT
from shared.auth import sign
from shared.contracts.registration import AddressChangeAsked, ContactChanged
from shared.web.renewing import IN_AN_HOUR_MAX, LinkPace
from tests.integration.registration_house import CHOOSE_UNTIL, House
from tests.town import COMMITTEE

HTML = {"Accept": "text/html"}
OLD, NEW = "dana@millbrook.example", "dana@newtown.example"
DANA: dict[str, Any] = {"name": "Dana Whitfeild", "email": OLD, "postal_address": ["1 Main Street"], "language": "en"}


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, and nobody registered."""
    one_house.forget()
    one_house.open_conference()
    one_house.forget_pace(LinkPace())
    return one_house


@pytest.fixture
def mine(town: House) -> str:
    """Dana is registered: the address of her own page."""
    return page_of(town, town.register(person=DANA)["registration"])


def page_of(town: House, registration: str) -> str:
    return f"/registration/mine/{sign(town.parts.settings, purpose='registration', id_=registration)}/contact"


def save(town: House, page: str, **changed: str) -> Any:
    """Open the form, change these fields, and press the button."""
    shown = town.client.get(page, headers=HTML).text
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', shown)[0] for name in ("seen", "idempotency_key")}
    typed = {"name": DANA["name"], "email": OLD, "postal_address": "1 Main Street", "language": "en"}
    return town.client.post(page, data=hidden | typed | changed, headers=HTML)


def proof(town: House, which: int = -1) -> str:
    """The link that went to a new address."""
    asked = town.said(AddressChangeAsked)
    (change,) = [asked[which].change] if asked else [""]
    return f"/registration/addresses/{sign(town.parts.settings, purpose='address', id_=change)}"


def known(town: House, page: str) -> dict[str, Any]:
    return dict(town.client.get(page, headers={"Accept": "application/json"}).json or {})


def test_a_name_a_postal_address_and_a_language_count_at_once(town: House, mine: str) -> None:
    sent = save(town, mine, name="Dana Whitfield", postal_address="7 River Road\r\nMillbrook", language="fr")
    page = town.client.get(mine.removesuffix("/contact"), headers=HTML)

    assert (sent.status_code, sent.headers["Location"]) == (303, mine)
    (said,) = town.said(ContactChanged)
    assert (said.name, said.email, said.postal_address, said.language, said.changed) == (
        "Dana Whitfield",
        OLD,
        ("7 River Road", "Millbrook"),
        "fr",
        ("name", "postal_address", "language"),
    )
    assert town.said(AddressChangeAsked) == []
    assert "Dana Whitfield" in page.text
    assert f'href="{mine}"' in page.text


def test_what_they_corrected_is_shown_to_the_desk_as_theirs(town: House, mine: str) -> None:
    save(town, mine, name="Dana Whitfield")

    person = town.said(ContactChanged)[0].person
    (correction,) = dict(town.client.get(f"/registration/people/{person}", auth=COMMITTEE).json or {})["corrections"]
    assert (correction["by"], correction["before"]) == ("the registrant", {"name": "Dana Whitfeild"})


def test_a_new_address_is_asked_for_and_counts_once_its_link_was_opened_and_its_button_pressed(
    town: House, mine: str
) -> None:
    save(town, mine, email=NEW)
    waiting = town.client.get(mine, headers=HTML).text
    before = known(town, mine)

    opened = town.client.get(proof(town), headers=HTML)
    after_opening = known(town, mine)
    pressed = town.client.post(proof(town), headers=HTML)

    (asked,) = town.said(AddressChangeAsked)
    assert asked.email == NEW
    assert f"Please look into your mail at {NEW}" in waiting
    assert (before["email"], before["asked_for"], after_opening["email"]) == (OLD, NEW, OLD)
    assert "Yes, write to this address" in opened.text
    assert (pressed.status_code, f"we write to {NEW}" in pressed.text) == (200, True)
    assert (known(town, mine)["email"], known(town, mine)["asked_for"]) == (NEW, None)
    (said,) = town.said(ContactChanged)
    assert (said.email, said.changed) == (NEW, ("email",))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_link_of_a_new_address_works_once(town: House, mine: str, method: str) -> None:
    save(town, mine, email=NEW)
    assert town.client.post(proof(town), headers=HTML).status_code == 200

    again = town.client.open(proof(town), method=method, headers=HTML)

    assert (again.status_code, "was used already" in again.text) == (410, True)
    assert len(town.said(ContactChanged)) == 1


def test_an_address_that_is_asked_for_again_replaces_the_one_before(town: House, mine: str) -> None:
    save(town, mine, email="dana@mistyped.example")
    save(town, mine, email=NEW)

    first = town.client.post(proof(town, 0), headers=HTML)
    assert known(town, mine)["email"] == OLD
    second = town.client.post(proof(town, 1), headers=HTML)

    assert (first.status_code, "Another e-mail address was given" in first.text) == (410, True)
    assert (second.status_code, known(town, mine)["email"]) == (200, NEW)


def test_an_address_that_the_desk_has_corrected_meanwhile_counts_and_not_the_one_asked_for(
    town: House, mine: str
) -> None:
    save(town, mine, email=NEW)
    person = town.said(AddressChangeAsked)[0].person
    town.client.post(
        f"/registration/people/{person}/corrections",
        json={"email": "dana@desk.example", "reason": "She called."},
        headers={"Idempotency-Key": "by-desk"},
        auth=COMMITTEE,
    )

    late = town.client.post(proof(town), headers=HTML)

    assert (late.status_code, known(town, mine)["email"]) == (410, "dana@desk.example")


def test_a_link_that_nobody_opened_in_time_lapses_and_may_be_asked_for_again(town: House, mine: str) -> None:
    save(town, mine, email=NEW)
    town.database.clock.offset += KEPT + timedelta(minutes=1)

    late = town.client.post(proof(town), headers=HTML)
    page = town.client.get(mine, headers=HTML)
    save(town, mine, email=NEW)
    in_time = town.client.post(proof(town), headers=HTML)

    assert (late.status_code, "held for three days" in late.text) == (410, True)
    assert "Please look into your mail" not in page.text
    assert (in_time.status_code, known(town, mine)["email"]) == (200, NEW)


def test_no_other_link_proves_an_address(town: House, mine: str) -> None:
    save(town, mine, email=NEW)
    change, settings = town.said(AddressChangeAsked)[0].change, town.parts.settings

    answers = [
        town.client.post(f"/registration/addresses/{token}", headers=HTML).status_code
        for token in (
            "made-up",
            sign(settings, purpose="registration", id_=change),
            sign(settings, purpose="address", id_="adr_of_nobody"),
            proof(town).rpartition("/")[2][:-1],
        )
    ]

    assert answers == [404, 404, 410, 404]
    assert known(town, mine)["email"] == OLD


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "dana"}, "This is no e-mail address."),
        ({"email": ""}, "Please keep an e-mail address."),
        ({"name": " "}, "Please fill this in."),
        ({"postal_address": "line\n" * 9}, "at most 8 lines"),
        ({"language": "klingon"}, "one of the languages"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field_and_kept(
    town: House, mine: str, typed: dict[str, str], said: str
) -> None:
    refused = save(town, mine, **({"postal_address": "7 River Road"} | typed))

    assert (refused.status_code, said in refused.text) == (422, True)
    assert typed.get("postal_address", "7 River Road") in refused.text
    assert {name: known(town, mine)[name] for name in DANA} == DANA
    assert (town.said(ContactChanged), town.said(AddressChangeAsked)) == ([], [])


def test_who_saves_without_a_change_changes_nothing(town: House, mine: str) -> None:
    sent = save(town, mine)
    page = town.client.get(mine, headers=HTML)

    assert (sent.status_code, "Nothing was different" in page.text) == (303, True)
    assert (town.said(ContactChanged), town.said(AddressChangeAsked)) == ([], [])


def test_a_name_that_is_somebody_elses_under_the_same_address_is_refused_and_nothing_of_theirs_is_said(
    town: House, mine: str
) -> None:
    other = town.register(person=DANA | {"name": "Rosa Delgado"})["person"]

    refused = save(town, mine, name="Rosa Delgado")

    assert (refused.status_code, "known to us under this e-mail address" in refused.text) == (409, True)
    assert other not in refused.text
    assert known(town, mine)["name"] == DANA["name"]


def test_an_address_under_which_the_same_name_is_known_is_refused_when_it_is_proved(town: House, mine: str) -> None:
    town.open_conference("75th")
    town.register(person=DANA | {"email": NEW}, conference="75th")
    save(town, mine, email=NEW)

    refused = town.client.post(proof(town), headers=HTML)

    assert (refused.status_code, "put it right" in refused.text) == (409, True)
    assert known(town, mine)["email"] == OLD


def test_nobodys_mailbox_is_filled_with_links(town: House, mine: str) -> None:
    for number in range(IN_AN_HOUR_MAX):
        assert save(town, mine, email=f"dana{number}@newtown.example").status_code == 303

    refused = save(town, mine, email=NEW, name="Dana Whitfield")
    name_alone = save(town, mine, name="Dana Whitfield")

    assert (refused.status_code, name_alone.status_code) == (429, 303)
    assert len(town.said(AddressChangeAsked)) == IN_AN_HOUR_MAX


def test_who_was_corrected_since_the_form_was_opened_overwrites_nothing(town: House, mine: str) -> None:
    stale = save(town, mine, name="Dana Whitfield", seen="1")
    late = save(town, mine, postal_address="7 River Road", seen="1")

    assert (stale.status_code, late.status_code) == (303, 412)
    assert known(town, mine)["name"] == "Dana Whitfield"
    assert known(town, mine)["postal_address"] == ["1 Main Street"]


def test_after_a_cancellation_an_address_is_still_corrected_and_after_the_end_of_all_no_more(
    town: House, mine: str
) -> None:
    town.cancel()
    town.run_jobs()
    while_money_is_open = save(town, mine, name="Dana Whitfield")
    registration = town.said(ContactChanged) and town.database.mongo["registrations"].find_one({})
    assert registration
    town.database.mongo["registrations"].update_one({}, {"$set": {"settling": "nothing_to_choose"}})
    town.database.clock.move(CHOOSE_UNTIL + timedelta(days=400))
    old = sign(town.parts.settings, purpose="registration", id_=registration["_id"], made_on=CHOOSE_UNTIL.date())

    over = town.client.post(f"/registration/mine/{old}/contact", data={"name": "Mallory"}, headers=HTML)

    assert while_money_is_open.status_code == 303
    assert (over.status_code, "is over" in over.text) == (410, True)
    assert len(town.said(ContactChanged)) == 1


def test_a_program_with_the_link_is_answered_in_json(town: House, mine: str) -> None:
    program = {"Accept": "application/json"}

    done = town.client.post(mine, json={"name": "Dana Whitfield", "email": NEW}, headers=program)
    refused = town.client.post(mine, json={"email": "dana"}, headers=program)

    assert done.json == DANA | {"name": "Dana Whitfield", "asked_for": NEW}
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
