"""The desk, the print queue and the API: what each permits, and what each refuses."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from services.notifications.messages.domain.messages import State
from shared.contracts.notifications import MessageAccepted, RecipientTold
from shared.contracts.registration import ContactChanged
from shared.principals import Role
from tests.integration.notifications_house import (
    Town,
    announced,
    cancelled,
    chosen,
    confirmed,
    contact_changed,
    offered,
    person,
    town,
)
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE, signed_in

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def desk_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Dana and Rosa have mails, Peg has letters; one of Rosa's came back and one of Dana's is in doubt."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as told:
        peg = person(3, name="Peg Sullivan", email=None)
        told.hear(person(1, name="Dana Whitfield"), person(2, name="Rosa Delgado"), peg, announced(), cancelled())
        told.hear(offered(1), offered(3))
        told.run_jobs()
        yield told


@pytest.fixture
def client(desk_town: Town) -> FlaskClient:
    """A browser at the committee's desk."""
    return at_desk(desk_town)


def at_desk(told: Town) -> FlaskClient:
    """A browser whose owner has signed in."""
    return signed_in(told.client(), told.parts.settings, Role.COMMITTEE)


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"{name} is not on the page"
    return found[1]


def get_json(client: FlaskClient, path: str, **query: str) -> Any:
    response = client.get(path, query_string=query, headers=JSON)
    assert response.status_code == 200, response.text
    return response.json


def post_json(
    told: Town, path: str, *, key: str | None = "a-key", body: Any = None, auth: Any = COMMITTEE
) -> TestResponse:
    headers = JSON | ({"Idempotency-Key": key} if key else {})
    return told.client().post(path, json=body, headers=headers, auth=auth)


def in_doubt(told: Town, number: int) -> str:
    """A confirmation whose answer was lost."""
    told.plan_faults(drop_after_data=1)
    told.hear(confirmed(1, registration=f"reg_doubt_{number}"))
    told.run_jobs()
    return told.only(subject=f"reg_doubt_{number}").id


def unwritable_tries(purpose: str) -> float:
    """How often a message for this purpose could not be written."""
    return REGISTRY.get_sample_value("reconvene_messages_unwritable_total", {"purpose": purpose}) or 0.0


def came_back(told: Town, number: int) -> str:
    """A mail that was refused for good."""
    told.plan_faults(refuse=1, code=550)
    told.hear(chosen(2, revision=number))
    told.run_jobs()
    return told.only(purpose="choice_confirmed", revision=str(number)).id


# the API


@pytest.mark.parametrize(
    "path",
    ["/notifications/messages", "/notifications/messages/msg_1", "/notifications/summary", "/notifications/desk"],
)
def test_what_was_sent_is_for_the_desks_alone(desk_town: Town, path: str) -> None:
    assert desk_town.client().get(path, headers=JSON).status_code == 401
    assert desk_town.client().get(path, headers=JSON, auth=("committee", "wrong")).status_code == 401


@pytest.mark.parametrize("account", [COMMITTEE, FINANCE])
def test_both_desks_see_the_summary(desk_town: Town, account: tuple[str, str]) -> None:
    response = desk_town.client().get("/notifications/summary", headers=JSON, auth=account)

    assert response.status_code == 200
    assert response.json is not None
    assert response.json["by_purpose"]["conference_cancelled"] == {"accepted": 2}
    assert set(response.json) == {
        "by_purpose",
        "messages",
        "open",
        "mails",
        "letters",
        "sent_again",
        "ambiguous",
        "bounced",
        "told",
        "put_off",
        "unwritable",
    }


def test_messages_are_listed_newest_first_a_page_at_a_time(client: FlaskClient) -> None:
    whole = get_json(client, "/notifications/messages", run="run_74", limit="200")["items"]

    first = client.get("/notifications/messages?run=run_74&limit=1", headers=JSON)
    assert first.json is not None
    second = get_json(client, "/notifications/messages", run="run_74", limit="1", after=first.json["next"])

    assert [*first.json["items"], *second["items"]] == whole[:2]
    assert 'rel="next"' in first.headers["Link"]
    assert "run=run_74" in first.headers["Link"]
    assert [each["planned_at"] for each in whole] == sorted((each["planned_at"] for each in whole), reverse=True)


def test_messages_are_found_by_purpose_state_channel_and_recipient(client: FlaskClient) -> None:
    where = {"purpose": "conference_cancelled", "state": "accepted", "channel": "letter", "recipient": "per_3"}

    (letter,) = get_json(client, "/notifications/messages", **where)["items"]

    assert (letter["recipient"], letter["channel"]) == ("per_3", "letter")
    assert get_json(client, "/notifications/messages", **(where | {"recipient": "per_2"}))["items"] == []


def test_lists_name_nobody_and_one_message_has_its_words_and_its_link(client: FlaskClient) -> None:
    listed = client.get("/notifications/messages", headers=JSON)
    assert listed.json is not None
    (letter,) = get_json(client, "/notifications/messages", channel="letter", recipient="per_3")["items"]

    whole = get_json(client, f"/notifications/messages/{letter['id']}")

    assert "Peg" not in listed.text
    assert "millbrook" not in listed.text
    assert "Dear Peg Sullivan" in whole["words"]["text"]
    assert whole["words"]["link"].startswith("http://localhost/registration/mine/")


@pytest.mark.parametrize(
    "query",
    [
        "purpose=spam",
        "state=lost",
        "limit=0",
        "limit=1e9",
        "limit=99999999999999999999",
        "after=x",
        "run=%00",
        "unknown=1",
    ],
)
def test_a_search_that_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    response = client.get(f"/notifications/messages?{query}", headers=JSON)

    assert response.status_code == 422
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("action", ["send-again", "arrived", "letter", "mail"])
def test_actions_are_refused_without_key_account_or_message(desk_town: Town, action: str) -> None:
    path = f"/notifications/messages/msg_unknown/{action}"

    assert post_json(desk_town, path, key=None).status_code == 400
    assert post_json(desk_town, path, auth=None).status_code == 401
    assert post_json(desk_town, path, key=f"key of {action}".replace(" ", "-")).status_code == 404


def test_a_doubt_is_settled_by_sending_again_once(desk_town: Town) -> None:
    message = in_doubt(desk_town, 1)
    before = len(desk_town.mails())

    for _ in range(2):
        assert post_json(desk_town, f"/notifications/messages/{message}/send-again", key="again-1").status_code == 200
    desk_town.run_jobs()

    assert len(desk_town.mails()) == before + 1
    assert (desk_town.only(_id=message).state, desk_town.only(_id=message).sent_again) == (State.ACCEPTED, 1)


def test_a_doubt_is_settled_by_knowing_that_it_arrived(desk_town: Town) -> None:
    message = in_doubt(desk_town, 2)
    before = len(desk_town.mails())

    assert post_json(desk_town, f"/notifications/messages/{message}/arrived", key="arrived-1").status_code == 200
    desk_town.run_jobs()

    assert len(desk_town.mails()) == before
    assert message in {each.message for each in desk_town.said(MessageAccepted)}
    page = at_desk(desk_town).get(f"/notifications/desk/messages/{message}").text
    assert "<dt>Last changed at a desk</dt><dd>by the committee" in page


def test_what_came_back_goes_by_letter(desk_town: Town) -> None:
    message = came_back(desk_town, 1)

    assert post_json(desk_town, f"/notifications/messages/{message}/letter", key="letter-1").status_code == 200
    desk_town.run_jobs()

    letter = desk_town.only(_id=message)
    assert (letter.state, letter.channel) == (State.ACCEPTED, "letter")


def test_the_desk_leads_to_where_an_address_is_corrected_and_the_message_then_goes_there(
    desk_town: Town, client: FlaskClient
) -> None:
    """Nothing is sent by correcting alone, and a later message goes there by itself."""
    message = came_back(desk_town, 2)
    before = len(desk_town.mails())

    desk_town.hear(contact_changed(2, name="Rosa Delgado", email="rosa@new.example"))
    desk_town.run_jobs()
    after_correcting = len(desk_town.mails())
    assert post_json(desk_town, f"/notifications/messages/{message}/send-again", key="again-3").status_code == 200
    desk_town.hear(chosen(2, revision=77))
    desk_town.run_jobs()

    assert after_correcting == before
    assert [mail.recipients for mail in desk_town.mails()[before:]] == [("rosa@new.example",)] * 2
    page = client.get(f"/notifications/desk/messages/{message}")
    assert "rosa@new.example" in page.text
    assert "Rosa Delgado" in page.text
    assert "/registration/desk/people/per_2" in page.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("told", {}),
        ("told", {"how": " "}),
        ("told", {"how": "x" * 300}),
    ],
)
def test_a_note_that_says_nothing_is_refused(desk_town: Town, path: str, body: Any) -> None:
    message = desk_town.only(recipient="per_1", purpose="conference_cancelled")

    refused = post_json(desk_town, f"/notifications/messages/{message.id}/{path}", key="refused-1", body=body)

    assert refused.status_code == 422
    assert desk_town.only(_id=message.id) == message


def test_a_form_that_says_nothing_is_refused_in_words(desk_town: Town, client: FlaskClient) -> None:
    message = desk_town.only(recipient="per_1", purpose="conference_cancelled").id
    page = client.get(f"/notifications/desk/messages/{message}")
    form = {"csrf_token": hidden(page, "csrf_token"), "idempotency_key": "empty-form"}

    note = client.post(f"/notifications/desk/messages/{message}", data=form | {"action": "told", "how": ""})

    assert "Nothing was changed and nothing was sent." in note.text
    assert note.status_code == 422


def test_of_a_message_that_came_back_is_noted_how_it_was_told_and_nothing_is_sent_any_more(
    desk_town: Town, client: FlaskClient
) -> None:
    message = came_back(desk_town, 3)
    before = len(desk_town.mails())

    body = {"how": "By telephone on 14 April, to herself"}
    path = f"/notifications/messages/{message}/told"
    noted = [post_json(desk_town, path, key="told-1", body=body).status_code for _ in range(2)]
    desk_town.let_time_pass()
    desk_town.run_jobs()

    assert noted == [200, 200]
    assert desk_town.only(_id=message).state is State.TOLD
    assert len(desk_town.mails()) == before
    assert [each.message for each in desk_town.said(RecipientTold)] == [message]
    assert "By telephone on 14 April, to herself" in client.get(f"/notifications/desk/messages/{message}").text
    assert get_json(client, "/notifications/summary")["told"] == 1


def test_a_message_that_waits_to_be_written_can_be_told_otherwise(desk_town: Town) -> None:
    desk_town.hear(person(6, email=None, postal_address=()), confirmed(6))
    desk_town.run_jobs()
    message = desk_town.only(recipient="per_6").id

    body = {"how": "In person"}
    assert post_json(desk_town, f"/notifications/messages/{message}/told", key="told-2", body=body).status_code == 200
    desk_town.hear(person(6))
    desk_town.let_time_pass()
    desk_town.run_jobs()

    assert desk_town.only(_id=message).state is State.TOLD


def test_what_came_back_goes_by_no_letter_where_no_postal_address_is_known(
    desk_town: Town, client: FlaskClient
) -> None:
    desk_town.hear(person(4, postal_address=()))
    desk_town.plan_faults(refuse=1, code=550)
    desk_town.hear(chosen(4))
    desk_town.run_jobs()
    message = desk_town.only(recipient="per_4").id

    refused = post_json(desk_town, f"/notifications/messages/{message}/letter", key="nowhere")
    page = client.get(f"/notifications/desk/messages/{message}")

    assert refused.status_code == 409
    assert "no postal address of this person. No letter was written" in refused.text
    assert desk_town.only(_id=message).state is State.BOUNCED
    assert "no postal address of this person either" in page.text
    assert "Send it by letter" not in page.text


def test_a_message_that_cannot_be_written_is_shown_with_its_reason_and_written_when_it_can(
    desk_town: Town, client: FlaskClient
) -> None:
    desk_town.hear(person(5, email=None, postal_address=()), confirmed(5))
    before = unwritable_tries("registration_confirmed")
    desk_town.run_jobs()
    message = desk_town.only(recipient="per_5")

    (listed,) = get_json(client, "/notifications/messages", state="unwritable")["items"]
    summary = get_json(client, "/notifications/summary")
    desk = client.get("/notifications/desk")
    page = client.get(f"/notifications/desk/messages/{message.id}")

    reason = "It has to go by letter, and we have no postal address of this person."
    assert (listed["id"], listed["reason"]) == (message.id, reason)
    assert (summary["unwritable"], summary["open"]) == (1, 1)
    assert "1 can\N{RIGHT SINGLE QUOTATION MARK}t be written" in desk.text
    assert reason in page.text
    assert unwritable_tries("registration_confirmed") == before + 1

    desk_town.hear(ContactChanged(person="per_5", name="Lee Hart", email=None, postal_address=("2 Elm Street",)))
    desk_town.let_time_pass()
    desk_town.run_jobs()

    letter = desk_town.only(recipient="per_5")
    assert (letter.state, letter.channel, letter.reason) == (State.ACCEPTED, "letter", "")


def test_words_that_miss_a_fact_hold_up_one_message_and_say_which(desk_town: Town) -> None:
    desk_town.hear(confirmed(1, registration="reg_without"), confirmed(1, registration="reg_behind"))
    desk_town.database.mongo["messages"].update_one({"subject": "reg_without"}, {"$unset": {"facts.total_minor": ""}})
    desk_town.run_jobs()
    held_up = desk_town.only(subject="reg_without")

    desk_town.database.mongo["messages"].delete_one({"_id": held_up.id})

    assert held_up.state is State.UNWRITABLE
    assert "words can't be made (UndefinedError: 'total_minor' is undefined)" in held_up.reason
    assert desk_town.only(subject="reg_behind").state is State.ACCEPTED


def test_letters_are_posted_all_or_none(desk_town: Town) -> None:
    letter = desk_town.only(recipient="per_3", purpose="conference_cancelled").id
    mail = desk_town.only(recipient="per_1", purpose="conference_cancelled").id

    with_a_mail = post_json(desk_town, "/notifications/posted", key="p1", body={"letters": [letter, mail]})
    with_nobody = post_json(desk_town, "/notifications/posted", key="p2", body={"letters": []})

    assert (with_a_mail.status_code, with_nobody.status_code) == (422, 422)
    assert desk_town.only(_id=letter).posted_at is None


# the pages


def test_pages_lead_a_stranger_to_the_sign_in(desk_town: Town) -> None:
    response = desk_town.client().get("/notifications/desk", headers={"Accept": "text/html"})

    assert response.status_code == 303
    assert response.headers["Location"].startswith("http://localhost/registration/accounts/sign-in?next=")


def test_the_desk_shows_counts_and_messages(client: FlaskClient) -> None:
    page = client.get("/notifications/desk?purpose=conference_cancelled", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert "Conference cancelled" in page.text
    assert "in the print queue" in page.text
    assert "per_3" in page.text


def test_the_desk_names_the_recipients_and_finds_them_by_their_address(desk_town: Town, client: FlaskClient) -> None:
    desk_town.hear(person(8, name="Rosa Delgado"), confirmed(8))
    desk_town.run_jobs()

    found = client.get("/notifications/desk?recipient=Dana8@millbrook.example", headers={"Accept": "text/html"}).text
    nobody = client.get("/notifications/desk?recipient=nobody@millbrook.example", headers={"Accept": "text/html"}).text

    assert "Rosa Delgado" in found
    assert "Dana Whitfield 1" not in found
    assert "No message is like that." in nobody


def test_the_desk_finds_recipients_by_name_and_town_and_saves_what_it_found(
    desk_town: Town, client: FlaskClient
) -> None:
    desk_town.hear(person(9, name="Zoë Peña"), confirmed(9))
    desk_town.run_jobs()

    page = client.get("/notifications/desk?recipient=pena+zoe&purpose=registration_confirmed").text
    file = client.get("/notifications/desk?recipient=PENA&as=csv")
    everything = client.get("/notifications/desk?as=csv").data.decode("utf-8-sig").splitlines()

    assert page.count('title="Sort by planned"') == 1
    assert "Zoë Peña" in page
    assert file.headers["Content-Disposition"] == "attachment; filename=messages.csv"
    assert [line.split(",")[:2] for line in file.data.decode("utf-8-sig").splitlines()] == [
        ["Message", "Recipient"],
        ["Registration confirmed", "Zoë Peña"],
    ]
    assert len(everything) == desk_town.database.mongo["messages"].count_documents({}) + 1


def test_a_search_that_makes_no_sense_is_said_on_the_desk(client: FlaskClient) -> None:
    page = client.get("/notifications/desk?subject=no%20such%20id", headers={"Accept": "text/html"})

    assert page.status_code == 422
    assert "An id, please" in page.text


def test_one_message_shows_its_words_and_its_html_can_do_nothing(desk_town: Town, client: FlaskClient) -> None:
    message = desk_town.only(recipient="per_1", purpose="conference_cancelled").id

    page = client.get(f"/notifications/desk/messages/{message}")
    mail = client.get(f"/notifications/desk/messages/{message}/html")

    assert "YOUR CHOICES" in page.text
    assert mail.headers["Content-Security-Policy"].startswith("sandbox;")
    assert "Choose what happens to your money" in mail.text


def test_the_desk_sends_a_doubtful_message_again_by_its_button(desk_town: Town, client: FlaskClient) -> None:
    message = in_doubt(desk_town, 3)
    page = client.get(f"/notifications/desk/messages/{message}")
    form = {"action": "send_again", "csrf_token": hidden(page, "csrf_token"), "idempotency_key": "form-1"}

    without_token = client.post(f"/notifications/desk/messages/{message}", data=form | {"csrf_token": ""})
    pressed = [client.post(f"/notifications/desk/messages/{message}", data=form) for _ in range(2)]
    desk_town.run_jobs()

    assert "may have it twice" in page.text
    assert without_token.status_code == 400
    assert [each.status_code for each in pressed] == [303, 303]
    assert desk_town.only(_id=message).sent_again == 1


def test_a_letter_is_printed_and_marked_as_posted(desk_town: Town, client: FlaskClient) -> None:
    letter = desk_town.only(recipient="per_3", purpose="conference_cancelled").id

    queue = client.get("/notifications/letters")
    one = client.get(f"/notifications/letters/{letter}")
    sheets = client.get("/notifications/letters/print")
    form = {"letters": [letter], "csrf_token": hidden(one, "csrf_token"), "idempotency_key": "form-2"}
    marked = client.post("/notifications/letters/print", data=form)

    assert "Peg Sullivan" in queue.text
    assert '<article class="letter"' in one.text
    assert "1 Main Street" in one.text
    assert letter in sheets.text
    assert marked.status_code == 303
    assert letter not in client.get("/notifications/letters/print").text
    assert "Peg Sullivan" in client.get("/notifications/letters?posted=yes").text


def test_marking_nothing_as_posted_is_refused(client: FlaskClient) -> None:
    page = client.get("/notifications/letters/print")
    form = {"csrf_token": hidden(page, "csrf_token")} if "csrf_token" in page.text else {}

    assert client.post("/notifications/letters/print", data=form).status_code in (400, 422)


def test_a_mail_is_no_letter_and_an_unknown_message_is_none(desk_town: Town, client: FlaskClient) -> None:
    mail = desk_town.only(recipient="per_1", purpose="conference_cancelled").id

    addresses = [
        f"letters/{mail}",
        "letters/msg_unknown",
        "desk/messages/msg_unknown",
        "desk/messages/msg_unknown/html",
    ]

    assert {client.get(f"/notifications/{each}").status_code for each in addresses} == {404}


def test_the_code_of_a_letter_leads_to_the_registrant_s_page(desk_town: Town) -> None:
    letter = desk_town.only(recipient="per_3", purpose="conference_cancelled")
    assert letter.code is not None
    typed = f"{letter.code[:4]}-{letter.code[4:8]} {letter.code[8:]}".lower()

    opened = desk_town.client().get("/notifications/letter", query_string={"code": typed})

    assert opened.status_code == 303
    assert opened.headers["Location"].startswith("http://localhost/registration/mine/")


@pytest.mark.parametrize(("typed", "status"), [("", 200), ("AAAA-BBBB-CCCC", 404), ("\x00", 404), ("ß" * 50, 404)])
def test_a_wrong_code_opens_nothing(desk_town: Town, typed: str, status: int) -> None:
    response = desk_town.client().get("/notifications/letter", query_string={"code": typed})

    assert response.status_code == status
    assert ("know this code" in response.text) == (status == 404)
