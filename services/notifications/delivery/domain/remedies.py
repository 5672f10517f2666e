"""What a desk can do about a message: send it again, by mail or by letter, note that it arrived or was told otherwise.

Pure, as `domain.py` is. While the next bytes that leave may be this message's, nothing can be done; that passes.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from services.notifications.contacts.domain import Contact
from services.notifications.delivery.domain.sending import accept
from services.notifications.messages.domain.messages import Message, State
from shared.change import Change
from shared.contracts.notifications import RecipientTold
from shared.problem import Refusal


class OnItsWay(Refusal):
    """Nobody can do anything about a mail while a mail server has it in its hands."""

    title = "This message is on its way"


class NotAmbiguous(Refusal):
    """Only a message that nobody knows about can be said to have arrived."""

    title = "This message is not in doubt"


class NotWrittenYet(Refusal):
    """What was never written can't be sent again."""

    title = "This message was not written"


class NoAddress(Refusal):
    """A mail needs to know where to go."""

    title = "There is no e-mail address"


class NoPostalAddress(Refusal):
    """A letter needs to know where to go."""

    title = "There is no postal address"


class ForOneAddress(Refusal):
    """What proves an e-mail address, or warns it, is for that address and for no other."""

    title = "This message is for one e-mail address"


class NotALetter(Refusal):
    """Only a letter in the print queue can be posted."""

    status: ClassVar[int] = 422
    title = "This is not a letter"


def send_again(message: Message, *, contact: Contact | None) -> Change[Message]:
    """The same once more, to the address that is known now: a mail as it was written, a letter with today's address."""
    _refuse_if_on_its_way(message)
    if not message.is_written or message.channel is None:
        raise NotWrittenYet(
            f"This message is {message.state}: nobody has written it, so there is nothing to send again. "
            "Nothing was changed.",
            state=message.state,
        )
    if message.channel == "letter":
        return write_letter(message, contact=contact)
    if not message.address and (contact is None or not contact.email):
        raise NoAddress("We have no e-mail address of this person. Nothing was sent and nothing was changed.")
    is_first = message.state is State.RENDERED  # put off, and never taken by anybody
    return Change(_due(message, state=State.RENDERED, sent_again=message.sent_again + (not is_first)))


def write_mail(message: Message, *, contact: Contact | None) -> Change[Message]:
    """It goes by mail, written anew: what was a letter, or nothing yet."""
    _refuse_if_on_its_way(message)
    if not message.address and (contact is None or not contact.email):
        raise NoAddress("We have no e-mail address of this person. No mail was written and nothing was changed.")
    return Change(_due(message, state=State.PLANNED, channel="mail", is_rewritten=True))


def write_letter(message: Message, *, contact: Contact | None) -> Change[Message]:
    """It goes by letter, written anew, where somebody knows to which address."""
    _refuse_if_on_its_way(message)
    if message.address:
        raise ForOneAddress(
            "This message is about one e-mail address and goes there and nowhere else. No letter was written and "
            "nothing was changed. If the address is wrong, correct it at the registration desk."
        )
    if contact is None or not contact.postal_address:
        raise NoPostalAddress(
            "We have no postal address of this person. No letter was written and nothing was changed. Give the address "
            "first, or tell them another way; the words are shown with the message."
        )
    return Change(_due(message, state=State.PLANNED, channel="letter", is_rewritten=True, posted_at=None))


def confirm_arrival(message: Message, *, now: datetime) -> Change[Message]:
    """The desk knows that it arrived."""
    if message.state is not State.AMBIGUOUS:
        raise NotAmbiguous(
            f"This message is {message.state}, not in doubt. Nothing was sent and nothing was changed.",
            state=message.state,
        )
    return accept(message, now=now)


def note_told(message: Message, *, how: str) -> Change[Message]:
    """Somebody has told the recipient another way; saying so twice changes the words and tells nobody again."""
    _refuse_if_on_its_way(message)
    told = replace(message, state=State.TOLD, waits_for=None, reason=how)
    said = RecipientTold(
        message=message.id,
        purpose=message.purpose,
        subject=message.subject,
        recipient=message.recipient,
        conference=message.conference,
        run=message.run,
    )
    return Change(told, () if message.state is State.TOLD else (said,))


def post(message: Message, *, now: datetime) -> Change[Message]:
    """The letter was given to the post; posting it twice changes nothing."""
    if message.channel != "letter" or message.state is not State.ACCEPTED:
        raise NotALetter(
            "This message is not a letter in the print queue. Nothing was marked as posted.", message=message.id
        )
    return Change(message if message.posted_at else replace(message, posted_at=now))


def _due(message: Message, **changed: Any) -> Message:
    fresh: dict[str, Any] = {"waits_for": None, "refusal_count": 0, "put_off_since": None, "reason": ""}
    return replace(message, **(fresh | changed))


def _refuse_if_on_its_way(message: Message) -> None:
    if message.state is State.SENDING:
        raise OnItsWay(
            "A mail server may have this message in its hands right now. Nothing was sent and nothing was changed. "
            "Please look again in a minute.",
            state=message.state,
        )
