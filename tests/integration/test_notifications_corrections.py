"""Claims about messages to somebody whose name or address was corrected: what has not left follows."""

from collections.abc import Iterator

import pytest

from services.notifications.messages.domain.messages import State
from services.notifications.messages.domain.purposes import Purpose
from shared.clock import host_now
from shared.web import links
from tests.integration.notifications_house import (
    Town,
    address_change_asked,
    announced,
    confirmed,
    contact_changed,
    introduced,
    person,
    town,
)
from tests.namespaces import Namespace
from tests.town import COMMITTEE

NEW = ("7 River Road", "Millbrook")


@pytest.fixture(scope="module")
def only_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of all tests here."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as made:
        yield made


@pytest.fixture
def told(only_town: Town) -> Town:
    """A conference is known, and nobody."""
    only_town.forget()
    only_town.hear(announced())
    return only_town


def sheet(told: Town) -> str:
    """The letter as it would be printed now."""
    letter = told.only().id
    return told.client().get(f"/notifications/letters/{letter}", auth=COMMITTEE).text


def queued(told: Town) -> None:
    """A letter to somebody without an e-mail address waits for a printer."""
    told.hear(person(email=None), confirmed())
    told.run_jobs()
    assert told.only().state is State.ACCEPTED
    assert "1 Main Street" in sheet(told)


def put_off(told: Town) -> None:
    """A mail is written, and the mail server has said "later"."""
    told.hear(person())
    told.plan_faults(refuse=1, code=451)
    told.hear(confirmed())
    told.run_jobs()
    assert told.only().state is State.RENDERED


def test_a_letter_that_nobody_has_posted_carries_the_corrected_address_and_name(told: Town) -> None:
    queued(told)

    for _ in range(2):
        told.hear(contact_changed(name="Dana Whitlock", email=None, postal_address=NEW))
        told.run_jobs()

    assert told.only().state is State.ACCEPTED
    assert all(each in sheet(told) for each in ("Dana Whitlock", *NEW))
    assert "1 Main Street" not in sheet(told)


def test_a_letter_that_was_posted_is_not_written_again(told: Town) -> None:
    queued(told)
    told.database.mongo["messages"].update_one({}, {"$set": {"posted_at": host_now()}})

    told.hear(contact_changed(email=None, postal_address=NEW))
    told.run_jobs()

    assert "1 Main Street" in sheet(told)


def test_a_letter_to_somebody_who_has_a_mailbox_and_no_letterbox_goes_by_mail(told: Town) -> None:
    queued(told)

    told.hear(contact_changed(email="dana@new.example", postal_address=()))
    told.run_jobs()

    assert [mail.recipients for mail in told.mails()] == [("dana@new.example",)]


def test_who_was_written_letters_and_has_an_address_now_gets_mails_from_then_on(told: Town) -> None:
    told.hear(person(email=None), contact_changed(email="dana@new.example"), confirmed())
    told.run_jobs()

    assert [mail.recipients for mail in told.mails()] == [("dana@new.example",)]


def test_who_has_no_address_any_more_gets_what_had_not_left_by_letter(told: Town) -> None:
    put_off(told)

    told.hear(contact_changed(email=None))
    told.run_jobs()

    assert (told.only().state, told.only().channel, told.mails()) == (State.ACCEPTED, "letter", [])
    assert "1 Main Street" in sheet(told)


def test_a_mail_that_was_put_off_is_written_anew_and_goes_to_the_new_address_at_once(told: Town) -> None:
    put_off(told)

    told.hear(contact_changed(name="Dana Whitlock", email="dana@new.example"))
    told.run_jobs()

    (mail,) = told.mails()
    assert (mail.recipients, "Dana Whitlock" in mail.text) == (("dana@new.example",), True)


def test_a_mail_that_arrived_is_not_sent_again_by_a_correction(told: Town) -> None:
    told.hear(person(), confirmed())
    told.run_jobs()

    told.hear(contact_changed(email="dana@new.example"))
    told.run_jobs()

    assert [mail.recipients for mail in told.mails()] == [("dana1@millbrook.example",)]


def test_a_message_that_could_not_be_written_is_written_as_soon_as_there_is_an_address(told: Town) -> None:
    told.hear(person(email=None, postal_address=()), confirmed())
    told.run_jobs()
    assert told.only().state is State.UNWRITABLE

    told.hear(contact_changed(email=None, postal_address=NEW))
    told.run_jobs()

    assert told.only().state is State.ACCEPTED


@pytest.mark.parametrize(
    ("changed", "goes_to"),
    [(("name",), "typed@desk.example"), (("name", "email"), "dana@new.example"), ((), "dana@new.example")],
)
def test_an_address_that_the_desk_of_messages_had_typed_stands_until_that_very_one_is_corrected(
    told: Town, changed: tuple[str, ...], goes_to: str
) -> None:
    told.hear(person())
    typed = {"email": "typed@desk.example", "source": "desk"}
    told.database.mongo["contacts"].update_one({}, {"$set": typed})

    told.hear(contact_changed(name="Dana Whitlock", email="dana@new.example", changed=changed), confirmed())
    told.run_jobs()

    (mail,) = told.mails()
    assert (mail.recipients, "Dana Whitlock" in mail.text) == ((goes_to,), True)


def test_what_registration_corrected_about_a_speaker_counts_more_than_their_introduction(told: Town) -> None:
    told.hear(introduced(), contact_changed(email="ngozi@new.example"), introduced(), confirmed())
    told.run_jobs()

    (mail,) = told.mails()
    assert (mail.recipients, told.only().purpose) == (("ngozi@new.example",), Purpose.REGISTRATION_CONFIRMED)


# a new address that has to be proved


def test_the_proof_goes_to_the_new_address_and_the_word_about_it_to_the_old_each_once(told: Town) -> None:
    told.hear(person())
    for _ in range(2):
        told.hear(address_change_asked())
        told.run_jobs()

    sent = {mail.headers["X-Reconvene-Purpose"]: mail for mail in told.mails()}
    assert {purpose: mail.recipients for purpose, mail in sent.items()} == {
        "address_proof": ("dana@newtown.example",),
        "address_change_asked": ("dana1@millbrook.example",),
    }
    assert len(told.mails()) == 2
    link = links.address_proof(told.parts.settings, "adr_1")
    assert (link in sent["address_proof"].text, link in sent["address_change_asked"].text) == (True, False)
    assert "dana@newtown.example" not in sent["address_change_asked"].text


def test_asked_again_each_address_gets_its_own_link(told: Town) -> None:
    told.hear(person(), address_change_asked(1, email="dana@mistyped.example"), address_change_asked(2))
    told.run_jobs()

    proofs = [mail for mail in told.mails() if mail.headers["X-Reconvene-Purpose"] == "address_proof"]
    assert {mail.recipients: links.address_proof(told.parts.settings, "adr_2") in mail.text for mail in proofs} == {
        ("dana@mistyped.example",): False,
        ("dana@newtown.example",): True,
    }


def test_the_word_to_the_old_address_stays_for_it_when_the_new_one_counts_before_it_has_left(told: Town) -> None:
    told.hear(person(), address_change_asked(), contact_changed(email="dana@newtown.example"))
    told.run_jobs()

    assert {mail.headers["X-Reconvene-Purpose"]: mail.recipients for mail in told.mails()} == {
        "address_proof": ("dana@newtown.example",),
        "address_change_asked": ("dana1@millbrook.example",),
    }


def test_who_has_no_mailbox_yet_is_told_by_letter_and_proves_the_first_one_by_mail(told: Town) -> None:
    told.hear(person(email=None), address_change_asked())
    told.run_jobs()

    assert [mail.recipients for mail in told.mails()] == [("dana@newtown.example",)]
    assert told.only(purpose=Purpose.ADDRESS_CHANGE_ASKED).channel == "letter"


def test_an_old_mailbox_that_is_closed_needs_nobodys_decision(told: Town) -> None:
    told.hear(person())
    told.plan_faults(refuse=1, code=451)
    told.hear(address_change_asked())
    told.database.mongo["messages"].delete_one({"purpose": Purpose.ADDRESS_PROOF})
    told.plan_faults(refuse=1, code=550)
    told.run_jobs()

    assert told.only().state is State.COVERED
    assert "takes nothing for the old address any more" in told.only().reason


def test_a_new_address_that_takes_no_mail_came_back_and_goes_by_no_letter(told: Town) -> None:
    told.hear(person())
    told.plan_faults(refuse=1, code=550)
    told.hear(address_change_asked())
    told.database.mongo["messages"].delete_one({"purpose": Purpose.ADDRESS_CHANGE_ASKED})
    told.run_jobs()
    message = told.only()

    page = told.client().get(f"/notifications/desk/messages/{message.id}", auth=COMMITTEE)
    headers = {"Idempotency-Key": "a-letter"}
    refused = told.client().post(f"/notifications/messages/{message.id}/letter", headers=headers, auth=COMMITTEE)

    assert message.state is State.BOUNCED
    assert "dana@newtown.example" in page.text
    assert "Send it by letter" not in page.text
    assert (refused.status_code, "goes there and nowhere else" in refused.text) == (409, True)


def test_who_reads_french_is_asked_in_french(told: Town) -> None:
    told.hear(person(language="fr"), address_change_asked())
    told.run_jobs()

    proof = next(each for each in told.mails() if each.headers["X-Reconvene-Purpose"] == "address_proof")
    assert "Confirmer cette adresse" in proof.text
