"""What can happen to a message, as pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.contacts.domain import Contact
from services.notifications.delivery.domain import sending
from services.notifications.messages.domain import messages
from services.notifications.messages.domain.known import Cancellation, Conference
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.purposes import Purpose
from shared.contracts.notifications import MessageAccepted, MessageBounced

NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)
DANA = Contact(id="per_1", name="Dana", email="dana@millbrook.example", postal_address=("1 Main Street",))


def planned(purpose: Purpose = Purpose.CONFERENCE_CANCELLED, *, revision: str = "1") -> Message:
    return messages.plan(
        purpose,
        subject="reg_1",
        revision=revision,
        recipient="per_1",
        conference="conf_74",
        run="run_74",
        facts={"paid_minor": 57500},
        now=NOW,
    )


def accepted_event(message: Message, *, channel: str) -> MessageAccepted:
    return MessageAccepted(
        message=message.id,
        purpose=message.purpose,
        subject="reg_1",
        recipient="per_1",
        channel=channel,
        conference="conf_74",
        run="run_74",
    )


def test_the_same_news_for_the_same_person_is_the_same_message() -> None:
    assert planned().id == planned().id


@given(st.lists(st.text(min_size=1, max_size=20), min_size=3, max_size=3))
def test_another_subject_revision_or_recipient_is_another_message(parts: list[str]) -> None:
    subject, revision, recipient = parts
    one = messages.message_id(Purpose.REFUND_SENT, subject=subject, revision=revision, recipient=recipient)

    others = {
        messages.message_id(Purpose.REFUND_FAILED, subject=subject, revision=revision, recipient=recipient),
        messages.message_id(Purpose.REFUND_SENT, subject=subject + "x", revision=revision, recipient=recipient),
        messages.message_id(Purpose.REFUND_SENT, subject=subject, revision=revision + "x", recipient=recipient),
        messages.message_id(Purpose.REFUND_SENT, subject=subject, revision=revision, recipient=recipient + "x"),
    }

    assert one not in others
    assert len(others) == 4


def test_a_message_waits_for_the_person_then_for_the_conference_then_for_the_reason() -> None:
    contact = Contact(id="per_1", name="Dana", email="dana@millbrook.example")
    conference = Conference(id="conf_74", title="74th Annual Conference")
    cancellation = Cancellation(
        run="run_74",
        reason="Travel is not safe.",
        decision="Cancel.",
        cancelled_on=NOW.date(),
        choose_by=NOW.date(),
        default_choice="refund",
    )
    message = planned()

    waits_for = [
        messages.missing(message, contact=None, conference=None),
        messages.missing(message, contact=replace(contact, is_known=False), conference=conference),
        messages.missing(message, contact=contact, conference=replace(conference, is_known=False)),
        messages.missing(message, contact=contact, conference=conference),
        messages.missing(message, contact=contact, conference=replace(conference, cancellation=cancellation)),
    ]

    assert waits_for == ["person:per_1", "person:per_1", "conference:conf_74", "conference:conf_74", None]


def test_a_confirmation_does_not_wait_for_a_cancellation() -> None:
    message = planned(Purpose.REGISTRATION_CONFIRMED)

    key = messages.missing(message, contact=Contact(id="per_1"), conference=Conference(id="conf_74"))

    assert key is None


def test_an_accepted_mail_is_told_once_with_its_channel() -> None:
    written = sending.write_mail(planned()).state

    change = sending.accept(written, now=NOW)

    assert change.state == replace(written, state=State.ACCEPTED, accepted_at=NOW)
    assert change.events == (accepted_event(written, channel="mail"),)


def test_a_letter_is_accepted_when_it_is_in_the_print_queue() -> None:
    message = planned()

    change = sending.queue_letter(message, code="ABCD", now=NOW)

    assert change.state == replace(message, state=State.ACCEPTED, channel="letter", accepted_at=NOW, code="ABCD")
    assert change.events == (accepted_event(message, channel="letter"),)


def test_a_refused_mail_is_told_with_the_server_s_codes() -> None:
    message = planned()

    change = sending.bounce(message, reason="550 5.1.1")

    assert change.state == replace(message, state=State.BOUNCED, reason="550 5.1.1")
    assert change.events == (
        MessageBounced(
            message=message.id,
            purpose="conference_cancelled",
            subject="reg_1",
            recipient="per_1",
            conference="conf_74",
            reason="550 5.1.1",
        ),
    )


def test_a_mail_put_off_is_tried_for_days_and_then_came_back() -> None:
    message = sending.write_mail(planned()).state

    first = sending.put_off(message, reason="451", now=NOW).state
    tomorrow = sending.put_off(first, reason="451", now=NOW + timedelta(days=1)).state
    next_week = sending.put_off(tomorrow, reason="451", now=NOW + timedelta(days=7)).state

    assert (tomorrow.state, tomorrow.refusal_count) == (State.RENDERED, 2)
    assert next_week.state is State.BOUNCED


@given(st.integers(min_value=1, max_value=10_000))
def test_waiting_gets_longer_but_never_longer_than_a_quarter_of_an_hour(refusal_count: int) -> None:
    seconds = sending.later_seconds(refusal_count)

    assert seconds <= sending.later_seconds(refusal_count + 1) <= 900


def test_a_critical_mail_in_doubt_stays_on_its_way_and_another_is_for_the_desk() -> None:
    critical = sending.begin_sending(planned(), sent_again=0).state
    other = sending.begin_sending(planned(Purpose.REGISTRATION_CONFIRMED), sent_again=0).state

    assert sending.doubt(critical).state == critical
    assert sending.doubt(other).state.state is State.AMBIGUOUS


def test_copies_of_a_mail_in_doubt_come_later_and_later_and_then_the_desk_decides() -> None:
    found = replace(sending.begin_sending(planned(), sent_again=sending.SENT_AGAIN_MAX).state, channel="mail")

    assert [sending.doubt_seconds(copies) for copies in range(sending.SENT_AGAIN_MAX)] == [2, 60, 1800, 3600, 3600]
    assert sending.doubt(found).state.state is State.AMBIGUOUS


def test_a_rule_against_us_is_waited_out_for_as_long_as_it_takes() -> None:
    put_off = sending.put_off_by_rule(planned(), reason="550 5.7.1", now=NOW).state
    still = sending.put_off_by_rule(put_off, reason="550 5.7.1", now=NOW + 10 * sending.GIVE_UP_AFTER)

    assert (still.state.state, still.state.refusal_count, still.events) == (State.RENDERED, 2, ())


def test_a_letter_s_code_survives_being_typed_by_a_person() -> None:
    code = messages.letter_code("secret", message="msg_1")

    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:].replace('O', '0')} "

    assert len(code) == 12
    assert messages.code_as_typed(typed) == code
    assert code != messages.letter_code("secret", message="msg_2")
    assert code != messages.letter_code("another secret", message="msg_1")
    assert not set(code) & set("IL01")
