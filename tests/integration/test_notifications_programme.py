"""The programme's news on the real database and a real mail server: one digest for each person and release, calendars
that are told what people are told, and nobody told twice when the conference is cancelled."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from icalendar import Calendar

from deploy.mailbox.keep import Mail
from services.notifications.messages.domain.messages import State
from services.notifications.messages.store.documents import MESSAGES
from shared.contracts.envelope import Event
from shared.contracts.scheduling import AgendaItem, Speaking
from tests.integration.notifications_house import (
    Town,
    agenda_changed,
    announced,
    cancelled,
    cast_closed,
    confirmed,
    decided,
    envelope,
    introduced,
    item,
    offered,
    option_ended,
    option_moved,
    person,
    registration_cancelled,
    run_closed,
    seat_offered,
    speaking,
    town,
    voided,
)
from tests.namespaces import Namespace
from tests.town import COMMITTEE

LAST_SESSION = {"changes": ("cancelled",), "room": "", "starts": None, "ends": None, "sequence": 2}


@pytest.fixture(scope="module")
def only_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of all tests here."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as made:
        yield made


@pytest.fixture
def quiet_town(only_town: Town) -> Town:
    """Nobody and nothing is known yet."""
    only_town.forget()
    return only_town


@pytest.fixture
def known_town(quiet_town: Town) -> Town:
    """Dana is known, and the 74th."""
    quiet_town.hear(person(), announced())
    return quiet_town


def calendars_of(mail: Mail) -> list[tuple[str, Any]]:
    """Method and event of each calendar file in a mail."""
    parts = [Calendar.from_ical(each.content) for each in mail.attachments]
    return [(str(part["METHOD"]), part.events[0]) for part in parts]


def summary(mail: Mail) -> list[tuple[str, str, int, str | None]]:
    """What each calendar file in a mail says: method, UID, SEQUENCE, STATUS."""
    return [
        (method, str(event["UID"]).partition("@")[0], int(event["SEQUENCE"]), event.get("STATUS"))
        for method, event in calendars_of(mail)
    ]


def mails_about(quiet_town: Town, purpose: str) -> list[Mail]:
    return [mail for mail in quiet_town.mails() if mail.headers["X-Reconvene-Purpose"] == purpose]


RECAST = agenda_changed(1, item(changes=("speakers",), speakers=("per_7",), speakers_before=()))


@pytest.mark.parametrize("order", list(permutations([person(), announced(), introduced(7), RECAST])))
def test_a_digest_waits_until_its_reader_the_conference_and_everybody_it_names_are_known(
    quiet_town: Town, order: tuple[Event, ...]
) -> None:
    states = []

    for event in order:
        told = envelope(event)
        quiet_town.hear_again(told)
        quiet_town.run_jobs()
        quiet_town.hear_again(told)
        quiet_town.run_jobs()
        states += [each.state for each in quiet_town.messages()]

    (mail,) = quiet_town.mails()
    assert "Speakers: now Dr Ngozi Adeyemi 7." in mail.text
    assert states[-1] is State.ACCEPTED


def test_one_digest_for_each_person_and_release_however_often_it_is_told(known_town: Town) -> None:
    known_town.hear(person(2))
    first, second, other = (
        envelope(event) for event in (agenda_changed(1), agenda_changed(1, release=3), agenda_changed(2))
    )

    known_town.hear_again(first, second, other, first)
    known_town.run_jobs()
    known_town.hear_again(second, other, first)
    known_town.hear(agenda_changed(1))
    known_town.let_time_pass()
    known_town.run_jobs()

    assert sorted((each.subject, each.revision, each.recipient) for each in known_town.messages()) == [
        ("programme:conf_74", "2", "per_1"),
        ("programme:conf_74", "2", "per_2"),
        ("programme:conf_74", "3", "per_1"),
    ]
    assert len(known_town.mails()) == 3


def test_a_release_that_concerns_nobody_s_sessions_sends_nothing(known_town: Town) -> None:
    known_town.hear(agenda_changed(1, items=()))
    known_town.run_jobs()

    assert known_town.messages() == []


def test_the_digest_carries_a_file_for_each_session_with_the_event_s_sequence(known_town: Town) -> None:
    moved, off = item("C-31", sequence=4), item("A-07", **LAST_SESSION, reason="The presenter can't come.")

    known_town.hear(agenda_changed(1, moved, off))
    known_town.run_jobs()

    (mail,) = known_town.mails()
    (_, moved_event), (_, off_event) = calendars_of(mail)
    assert [each.name for each in mail.attachments] == ["C-31.ics", "A-07.ics"]
    assert summary(mail) == [("PUBLISH", "ses_C-31", 4, "CONFIRMED"), ("PUBLISH", "ses_A-07", 2, "CANCELLED")]
    assert moved_event["DTSTART"].dt == moved.starts
    assert moved_event["DTSTAMP"].dt == moved.revised_at
    assert "ATTENDEE" not in moved_event
    assert off_event["DTSTART"].dt == off.starts_before
    assert "A calendar file for each session is attached" in mail.text


def test_a_mail_that_is_sent_again_is_byte_for_byte_the_one_before(known_town: Town) -> None:
    known_town.plan_faults(drop_after_data=1)
    known_town.hear(agenda_changed(1, item("C-31"), item("A-07", **LAST_SESSION)))
    known_town.run_jobs()

    known_town.let_time_pass()
    known_town.another_sender().step(known_town.stop)

    first, again = (mail.content for mail in known_town.mails())
    assert without_date(first) == without_date(again)


def without_date(content: bytes) -> list[bytes]:
    return [line for line in content.split(b"\r\n") if not line.startswith(b"Date: ")]


def test_who_wants_invitations_gets_one_for_each_session_in_place_of_the_files(known_town: Town) -> None:
    event = agenda_changed(1, item("C-31"), item("A-07", **LAST_SESSION), wants_invitations=True)

    known_town.hear(event, event)
    known_town.run_jobs()

    (digest,) = mails_about(known_town, "programme_changed")
    invitations = mails_about(known_town, "session_invitation")
    assert digest.attachments == ()
    assert "comes as a calendar invitation too" in digest.text
    assert [summary(mail) for mail in invitations] == [
        [("REQUEST", "ses_C-31", 1, "CONFIRMED")],
        [("CANCEL", "ses_A-07", 2, "CANCELLED")],
    ]
    assert [calendars_of(mail)[0][1]["ATTENDEE"] for mail in invitations] == ["mailto:dana1@millbrook.example"] * 2
    assert all(b"text/calendar; charset=utf-8; method=" in mail.content for mail in invitations)


def test_an_invitation_is_one_for_each_sequence_and_goes_again_when_only_the_content_changes(known_town: Town) -> None:
    def told(release: int, **changed: Any) -> Event:
        return agenda_changed(1, item(**changed), release=release, wants_invitations=True)

    known_town.hear(told(2, sequence=1), told(3, sequence=1), told(4, sequence=1, changes=("content",)))
    known_town.hear(told(5, sequence=2))
    known_town.run_jobs()

    invitations = known_town.messages(purpose="session_invitation")
    assert [each.revision for each in invitations] == ["1", "1.4", "2"]


def test_a_delay_of_minutes_is_told_to_calendars_alone(known_town: Town) -> None:
    delayed = item(changes=("delayed",))

    known_town.hear(agenda_changed(1, delayed, wants_invitations=True), agenda_changed(1, delayed, release=3))
    known_town.run_jobs()

    assert [each.purpose.value for each in known_town.messages()] == ["session_invitation"]


@pytest.mark.parametrize("wants_invitations", [True, False])
@pytest.mark.parametrize(
    "lost",
    [
        item(roles=("waits",), changes=("room", "seat_lost")),
        item(roles=("speaker",), changes=("speakers", "stage_left"), speakers=()),
    ],
    ids=["seat", "part"],
)
def test_a_lost_seat_or_part_is_taken_out_of_that_person_s_calendar_alone(
    known_town: Town, wants_invitations: bool, lost: AgendaItem
) -> None:

    known_town.hear(agenda_changed(1, lost, wants_invitations=wants_invitations))
    known_town.run_jobs()

    (mail,) = [mail for mail in known_town.mails() if mail.attachments]
    ((method, event),) = calendars_of(mail)
    assert (method, event["ATTENDEE"], "STATUS" in event) == ("CANCEL", "mailto:dana1@millbrook.example", False)


def test_who_has_no_e_mail_reads_all_of_it_in_one_letter(quiet_town: Town) -> None:
    quiet_town.hear(person(email=None), announced(), agenda_changed(1, wants_invitations=True))

    quiet_town.run_jobs()

    digest, invitation = quiet_town.messages()
    assert (digest.state, digest.channel) == (State.ACCEPTED, "letter")
    assert (invitation.state, invitation.reason.partition(";")[0]) == (
        State.COVERED,
        "There is no calendar to invite without an e-mail address",
    )
    assert quiet_town.mails() == []


def test_each_turn_of_a_waitlist_each_decision_and_each_end_of_an_option_is_told_once(known_town: Town) -> None:
    events = [seat_offered(turn=1), seat_offered(turn=2), decided(), decided(is_accepted=False), option_moved()]
    events += [option_ended(), option_ended(product="a-09")]
    envelopes = [envelope(event) for event in events]

    known_town.hear_again(*envelopes, *envelopes)
    known_town.run_jobs()

    assert len(known_town.mails()) == len(events)


def test_registering_gives_the_conference_as_a_file_and_cancelling_it_takes_it_back(known_town: Town) -> None:
    known_town.hear(confirmed())
    known_town.run_jobs()
    known_town.hear(cancelled(), offered())
    known_town.run_jobs()

    registered, ended = known_town.mails()
    assert summary(registered) == [("PUBLISH", "conf_74", 0, "CONFIRMED")]
    assert summary(ended) == [("CANCEL", "conf_74", 1, "CANCELLED")]
    ((_, event),) = calendars_of(registered)
    assert (str(event["DTSTART"].dt), str(event["DTEND"].dt)) == ("2020-05-17", "2020-05-21")


def test_a_registrant_who_was_never_confirmed_has_nothing_to_take_out(known_town: Town) -> None:
    known_town.hear(cancelled(), voided())
    known_town.run_jobs()

    (mail,) = known_town.mails()
    assert mail.attachments == ()


def test_the_one_message_of_a_cancellation_takes_every_session_told_of_out_of_the_calendar(known_town: Town) -> None:
    known_town.hear(confirmed())
    known_town.hear(agenda_changed(1, item("C-31", sequence=1), item("A-07"), item("C-50"), release=1))
    known_town.hear(agenda_changed(1, item("C-31", sequence=3), item("A-07", **LAST_SESSION), release=2))
    known_town.hear(agenda_changed(1, item("C-50", changes=("seat_lost",)), release=3))
    known_town.run_jobs()
    before = len(known_town.mails())

    known_town.hear(cancelled(), offered())
    known_town.run_jobs()

    (mail,) = known_town.mails()[before:]
    assert summary(mail) == [("CANCEL", "conf_74", 1, "CANCELLED"), ("CANCEL", "ses_C-31", 4, "CANCELLED")]
    assert "Yours to decide about: $500.00" in mail.text


def test_an_older_release_heard_late_does_not_turn_back_what_was_told(known_town: Town) -> None:
    known_town.hear(agenda_changed(1, item(sequence=3), release=3), agenda_changed(1, item(sequence=1), release=2))
    known_town.hear(confirmed(), cancelled(), offered())
    known_town.run_jobs()

    (mail,) = mails_about(known_town, "conference_cancelled")
    assert summary(mail)[1] == ("CANCEL", "ses_C-31", 4, "CANCELLED")


def test_who_was_invited_is_taken_off_as_an_attendee(known_town: Town) -> None:
    known_town.hear(agenda_changed(1, wants_invitations=True), cancelled(), offered())
    known_town.run_jobs()

    (mail,) = mails_about(known_town, "conference_cancelled")
    ((method, event),) = calendars_of(mail)
    assert (method, event["ATTENDEE"]) == ("CANCEL", "mailto:dana1@millbrook.example")


def test_what_was_not_written_before_the_conference_was_cancelled_says_so_instead_of_going_out(
    quiet_town: Town,
) -> None:
    quiet_town.hear(announced(), agenda_changed(1, wants_invitations=True), seat_offered())
    quiet_town.run_jobs()
    quiet_town.hear(cancelled(), person(), offered())
    quiet_town.run_jobs()

    covered = quiet_town.messages(state="covered")
    assert {each.purpose.value for each in covered} == {"programme_changed", "session_invitation", "seat_offered"}
    assert {each.reason.partition(";")[0] for each in covered} == {
        "The conference was cancelled before this was written"
    }
    assert [mail.headers["X-Reconvene-Purpose"] for mail in quiet_town.mails()] == ["conference_cancelled"]


SPEAKERS = (Speaking(person="per_1", titles=("Minutes that stand up",)), Speaking(person="per_7", titles=("Panel",)))
ENDING: list[Event] = [registration_cancelled(1), registration_cancelled(2), run_closed(1, 2), offered(1), offered(2)]


FAREWELLS = (speaking("per_1", "Minutes that stand up"), speaking("per_7", "Panel"))
CAST: list[Event] = [cancelled(speakers_follow=True), *FAREWELLS, cast_closed(*FAREWELLS)]


@pytest.mark.parametrize(
    "order",
    [
        [cancelled(*SPEAKERS), *ENDING],
        [cancelled(*SPEAKERS), *reversed(ENDING)],
        [*ENDING, cancelled(*SPEAKERS)],
        [*reversed(ENDING), cancelled(*SPEAKERS)],
        [*CAST, *ENDING],
        [*ENDING, *CAST],
        [*ENDING, *reversed(CAST)],
        [CAST[0], *ENDING, *reversed(CAST[1:])],
        [*CAST[:2], *ENDING, *CAST[2:]],
    ],
    ids=[
        "in order",
        "closed first",
        "cancelled last",
        "backwards",
        "cast first",
        "cast last",
        "cast backwards",
        "cast late",
        "cast around",
    ],
)
def test_a_speaker_is_told_once_that_the_conference_is_cancelled_with_their_money_if_they_are_registered(
    known_town: Town, order: list[Event]
) -> None:
    known_town.hear(person(2), introduced(7))

    for each in order:
        told = envelope(each)
        known_town.hear_again(told)
        known_town.run_jobs()
        known_town.hear_again(told)
        known_town.let_time_pass()
        known_town.run_jobs()
    known_town.run_jobs()

    mails = {mail.recipients[0]: mail.text for mail in known_town.mails()}
    assert len(known_town.mails()) == len(mails) == 3
    assert "* Minutes that stand up" in mails["dana1@millbrook.example"]
    assert "$500.00" in mails["dana1@millbrook.example"]
    assert "speak" not in mails["dana2@millbrook.example"]
    assert "* Panel" in mails["ngozi7@speakers.example"]
    assert "money" not in mails["ngozi7@speakers.example"].lower()
    (merged,) = known_town.messages(state="covered")
    assert (merged.subject, merged.recipient) == ("conf_74", "per_1")
    assert merged.reason.startswith("They are registered too;")


def test_a_registrant_is_told_at_once_when_it_is_known_that_nobody_was_to_speak(known_town: Town) -> None:
    known_town.hear(cancelled(speakers_follow=True), registration_cancelled(1), run_closed(1), offered(1))
    known_town.run_jobs()
    waiting = {each.waits_for for each in known_town.messages()}
    page = known_town.client().get(
        f"/notifications/desk/messages/{known_town.only().id}", auth=("committee", dict([COMMITTEE])["committee"])
    )

    known_town.hear(cast_closed())
    known_town.run_jobs()
    known_town.run_jobs()

    assert waiting == {"run:speakers:run_74"}
    assert "It waits until it is known who was to speak" in page.text
    assert known_town.only().state == State.ACCEPTED


def test_who_was_to_speak_more_often_than_a_mail_says_reads_how_often(known_town: Town) -> None:
    told = replace(speaking("per_7", "Panel", "Minutes"), title_count=44)
    known_town.hear(introduced(7), cancelled(speakers_follow=True), told, cast_closed(told), run_closed())
    known_town.run_jobs()
    known_town.run_jobs()

    (mail,) = known_town.mails()
    assert "* Panel\n* Minutes\n* and 42 more\n" in mail.text


def test_what_does_not_fit_into_one_event_is_read_in_one_message_with_a_file_for_each_session(known_town: Town) -> None:
    first, second = (replace(agenda_changed(1, item(f"C-{n}1"), item(f"C-{n}2")), part=n, part_count=2) for n in (1, 2))

    for each in (envelope(first), envelope(second)):
        known_town.hear_again(each)
        known_town.run_jobs()
        known_town.hear_again(each)
        known_town.run_jobs()

    (mail,) = mails_about(known_town, "programme_changed")
    assert [uid for _, uid, *_ in summary(mail)] == ["ses_C-11", "ses_C-12", "ses_C-21", "ses_C-22"]
    assert all(f"Title of C-{n}" in mail.text for n in (11, 12, 21, 22))


def test_no_speaker_is_told_before_it_is_known_who_of_them_is_registered(known_town: Town) -> None:
    known_town.hear(introduced(7), cancelled(*SPEAKERS), registration_cancelled(2), run_closed(1, 2))
    known_town.run_jobs()
    known_town.let_time_pass()
    known_town.run_jobs()
    waiting = {each.waits_for for each in known_town.messages()}

    known_town.hear(registration_cancelled(1))
    known_town.let_time_pass()
    known_town.run_jobs()
    known_town.run_jobs()

    assert waiting == {"run:run_74"}
    assert {each.recipient: each.state for each in known_town.messages()} == {
        "per_1": State.COVERED,
        "per_7": State.ACCEPTED,
    }


def test_a_cancelled_session_that_a_speaker_was_told_of_is_taken_out_of_their_calendar(known_town: Town) -> None:
    known_town.hear(introduced(7), agenda_changed(7, item(roles=("speaker",))))
    known_town.run_jobs()

    known_town.hear(cancelled(*SPEAKERS), run_closed())
    known_town.run_jobs()

    (mail,) = [each for each in mails_about(known_town, "conference_cancelled") if "ngozi7" in each.recipients[0]]
    assert summary(mail) == [("CANCEL", "ses_C-31", 2, "CANCELLED")]


def test_a_release_that_hits_hundreds_is_planned_in_one_transaction(known_town: Town) -> None:
    items = tuple(item(f"C-{number}") for number in range(4))
    batch = [envelope(agenda_changed(number, *items)) for number in range(500)]

    known_town.hear_again(*batch)
    known_town.hear_again(*batch)

    documents = known_town.database.mongo
    assert documents[MESSAGES.name].count_documents({"purpose": "programme_changed"}) == 500
    assert documents["told"].count_documents({}) == 500


def test_the_desk_reads_what_was_told_otherwise_and_takes_the_files_home(known_town: Town) -> None:
    known_town.hear(agenda_changed(1), agenda_changed(2, release=2))
    known_town.run_jobs()
    known_town.hear(cancelled(), person(2))
    known_town.run_jobs()
    sent, covered = known_town.only(state="accepted"), known_town.only(state="covered")
    desk = known_town.client()

    def see(path: str) -> Any:
        return desk.get(f"/notifications/desk{path}", auth=("committee", dict([COMMITTEE])["committee"]))

    summary, page, file = see(""), see(f"/messages/{covered.id}"), see(f"/messages/{sent.id}/files/1")
    assert "Programme changed" in summary.text
    assert "not needed" in summary.text
    assert "Nothing was sent by this message itself. The conference was cancelled before" in page.text
    assert "C-31.ics" in see(f"/messages/{sent.id}").text
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert Calendar.from_ical(file.data).events[0]["SEQUENCE"] == 1
    assert see(f"/messages/{sent.id}/files/2").status_code == 404
