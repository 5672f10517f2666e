"""What a desk can do about any message, and what it is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.contacts.domain import Contact, Source, learned
from services.notifications.delivery.domain import remedies, sending
from services.notifications.delivery.domain.remedies import (
    NoAddress,
    NoPostalAddress,
    NotALetter,
    NotAmbiguous,
    NotWrittenYet,
    OnItsWay,
)
from services.notifications.messages.domain.messages import State
from services.notifications.messages.domain.purposes import Purpose
from shared.contracts.notifications import RecipientTold
from tests.unit.test_notifications_domain import DANA, NOW, accepted_event, planned

WRITTEN = (State.RENDERED, State.ACCEPTED, State.BOUNCED, State.AMBIGUOUS, State.TOLD)
NOT_ON_ITS_WAY = [state for state in State if state is not State.SENDING]


@pytest.mark.parametrize("state", WRITTEN)
def test_any_written_mail_can_be_sent_again_as_it_was_written(state: State) -> None:
    message = replace(planned(), state=state, channel="mail", refusal_count=4, put_off_since=NOW, reason="450 4.2.1")

    again = remedies.send_again(message, contact=DANA).state

    assert (again.state, again.channel, again.is_rewritten) == (State.RENDERED, "mail", False)
    assert (again.refusal_count, again.put_off_since, again.reason) == (0, None, "")
    assert again.sent_again == int(state is not State.RENDERED), "what nobody ever took is no copy"


@pytest.mark.parametrize("state", [State.ACCEPTED, State.TOLD])
def test_a_letter_sent_again_is_written_anew_with_the_address_of_today(state: State) -> None:
    letter = replace(sending.queue_letter(planned(), code="ABCD", now=NOW).state, state=state, posted_at=NOW)

    again = remedies.send_again(letter, contact=DANA).state

    assert (again.state, again.channel, again.is_rewritten, again.posted_at) == (State.PLANNED, "letter", True, None)


@pytest.mark.parametrize("state", [State.PLANNED, State.COVERED, State.UNWRITABLE])
def test_what_was_never_written_is_not_sent_again(state: State) -> None:
    with pytest.raises(NotWrittenYet, match="Nothing was changed"):
        remedies.send_again(replace(planned(), state=state), contact=DANA)


@pytest.mark.parametrize("state", NOT_ON_ITS_WAY)
def test_any_message_can_go_by_letter_or_by_mail_instead(state: State) -> None:
    letter = remedies.write_letter(replace(planned(), state=state, channel="mail"), contact=DANA).state
    mail = remedies.write_mail(replace(planned(), state=state, channel="letter"), contact=DANA).state

    assert (letter.state, letter.channel) == (State.PLANNED, "letter")
    assert (mail.state, mail.channel) == (State.PLANNED, "mail")


def test_what_has_nowhere_to_go_is_refused() -> None:
    bounced = replace(planned(), state=State.BOUNCED, channel="mail")

    for nowhere in (None, replace(DANA, postal_address=())):
        with pytest.raises(NoPostalAddress, match="No letter was written and nothing was changed"):
            remedies.write_letter(bounced, contact=nowhere)
    for nowhere in (None, replace(DANA, email=None)):
        with pytest.raises(NoAddress, match="No mail was written and nothing was changed"):
            remedies.write_mail(bounced, contact=nowhere)
        with pytest.raises(NoAddress, match="Nothing was sent and nothing was changed"):
            remedies.send_again(bounced, contact=nowhere)


@pytest.mark.parametrize("state", NOT_ON_ITS_WAY)
def test_of_any_message_can_be_noted_that_somebody_told_it_and_the_others_hear_of_it_once(state: State) -> None:
    message = replace(planned(), state=state, channel="mail")

    told = remedies.note_told(message, how="By telephone on 14 April")
    corrected = remedies.note_told(told.state, how="By telephone on 15 April")

    assert (told.state.state, told.state.reason) == (State.TOLD, "By telephone on 14 April")
    said = RecipientTold(
        message=message.id,
        purpose="conference_cancelled",
        subject="reg_1",
        recipient="per_1",
        conference="conf_74",
        run="run_74",
    )
    assert told.events == (() if state is State.TOLD else (said,)), "how it was told is nobody else's"
    assert (corrected.state.reason, corrected.events) == ("By telephone on 15 April", ())


def test_nothing_is_done_about_a_mail_that_is_on_its_way() -> None:
    on_its_way = sending.begin_sending(planned(), sent_again=0).state

    for remedy in (remedies.send_again, remedies.write_letter, remedies.write_mail):
        with pytest.raises(OnItsWay, match="Nothing was sent and nothing was changed"):
            remedy(on_its_way, contact=DANA)
    with pytest.raises(OnItsWay, match="Nothing was sent and nothing was changed"):
        remedies.note_told(on_its_way, how="By telephone")


def test_a_doubt_is_settled_by_saying_that_it_arrived() -> None:
    ambiguous = replace(planned(Purpose.REGISTRATION_CONFIRMED), state=State.AMBIGUOUS, channel="mail")

    arrived = remedies.confirm_arrival(ambiguous, now=NOW)

    assert arrived.state.state is State.ACCEPTED
    assert arrived.events == (accepted_event(ambiguous, channel="mail"),)


@pytest.mark.parametrize("state", [state for state in State if state is not State.AMBIGUOUS])
def test_only_of_a_message_in_doubt_can_be_said_that_it_arrived(state: State) -> None:
    with pytest.raises(NotAmbiguous, match="nothing was changed"):
        remedies.confirm_arrival(replace(planned(), state=state), now=NOW)


def test_an_address_that_a_desk_typed_stays_when_scheduling_introduces_them_and_gives_way_to_their_own_word() -> None:
    typed = replace(DANA, email="dana@new.example", source=Source.DESK)
    introduced = Contact(id="per_1", name="Dana", email="old@uni.example", source=Source.SCHEDULING)

    assert learned(typed, introduced) == typed
    assert learned(typed, DANA) == DANA


def test_a_letter_posted_twice_keeps_its_first_day_and_a_mail_can_not_be_posted() -> None:
    letter = sending.queue_letter(planned(), code="ABCD", now=NOW).state

    posted = remedies.post(letter, now=NOW).state
    posted_again = remedies.post(posted, now=NOW + timedelta(days=1)).state

    assert posted_again == posted
    with pytest.raises(NotALetter):
        remedies.post(sending.write_mail(planned()).state, now=NOW)
