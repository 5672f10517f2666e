"""What happens to a message between its words and its recipient: taken, refused, put off, in doubt, printed.

Knows no mail server: that is `jobs/mailer.py`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.notifications.messages.domain.messages import Message, State, cover
from services.notifications.messages.domain.purposes import Purpose
from shared.change import Change
from shared.contracts.notifications import MessageAccepted, MessageBounced

CLOSED = "The mail server takes nothing for the old address any more, so there was nobody to be told."
GIVE_UP_AFTER = timedelta(days=3)  # a mail server that says "later" for so long has said no
LATER_SECONDS_FIRST = 2.0
LATER_SECONDS_MAX = 900.0
SENT_AGAIN_MAX = 5  # copies of a critical mail that nobody knows about; after those a person decides
DOUBT_SECONDS_FIRST = 2.0  # a connection that broke; and thirty times as long after every further doubt
DOUBT_SECONDS_MAX = 3600.0


def write_mail(message: Message) -> Change[Message]:
    """The message is written, to go by mail."""
    return Change(replace(message, state=State.RENDERED, channel="mail", waits_for=None, reason=""))


def begin_sending(message: Message, *, sent_again: int) -> Change[Message]:
    """From here on the mail may have left; `sent_again` says how often it has been sent once more."""
    return Change(replace(message, state=State.SENDING, sent_again=sent_again))


def accept(message: Message, *, now: datetime) -> Change[Message]:
    """A mail server has the mail."""
    state = replace(message, state=State.ACCEPTED, accepted_at=now, reason="")
    return Change(state, (_accepted(state),))


def queue_letter(message: Message, *, code: str, now: datetime) -> Change[Message]:
    """The letter is in the print queue: what is left is paper, and a person's hands."""
    state = replace(
        message, state=State.ACCEPTED, channel="letter", waits_for=None, accepted_at=now, code=code, reason=""
    )
    return Change(state, (_accepted(state),))


def bounce(message: Message, *, reason: str) -> Change[Message]:
    """A mail server refused the mail for good. Where an old address is closed, nobody is left there to be warned."""
    if message.purpose is Purpose.ADDRESS_CHANGE_ASKED:
        return cover(message, reason=CLOSED)
    state = replace(message, state=State.BOUNCED, reason=reason)
    said = MessageBounced(
        message=state.id,
        purpose=state.purpose,
        subject=state.subject,
        recipient=state.recipient,
        conference=state.conference,
        reason=reason,
    )
    return Change(state, (said,))


def put_off(message: Message, *, reason: str, now: datetime) -> Change[Message]:
    """A mail server said "later": the mail waits for another try, unless it has been put off for days."""
    since = message.put_off_since or now
    if now - since > GIVE_UP_AFTER:
        return bounce(message, reason=reason)
    count = message.refusal_count + 1
    return Change(replace(message, state=State.RENDERED, refusal_count=count, put_off_since=since, reason=reason))


def put_off_by_rule(message: Message, *, reason: str, now: datetime) -> Change[Message]:
    """A rule of the mail server's is against us: it says nothing about the recipient, so the mail is never given up."""
    since = message.put_off_since or now
    count = message.refusal_count + 1
    return Change(replace(message, state=State.RENDERED, refusal_count=count, put_off_since=since, reason=reason))


def later_seconds(refusal_count: int) -> float:
    """How long a mail waits after so many refusals: doubling, up to a quarter of an hour."""
    return min(LATER_SECONDS_FIRST * 2.0 ** min(refusal_count - 1, 20), LATER_SECONDS_MAX)


def keep_back(message: Message) -> Change[Message]:
    """Not a byte of the mail has left: it is as it was before."""
    return Change(replace(message, state=State.RENDERED))


def is_worth_a_copy(message: Message) -> bool:
    """Whether a mail that nobody knows about is sent again: it is critical, and few copies may have arrived so far."""
    return message.is_critical and message.sent_again < SENT_AGAIN_MAX


def doubt(message: Message) -> Change[Message]:
    """Nobody can know whether the mail server has it. A mail that is worth a copy stays as it is, to be sent again."""
    return Change(message if is_worth_a_copy(message) else replace(message, state=State.AMBIGUOUS))


def doubt_seconds(sent_again: int) -> float:
    """How long a mail in doubt waits until it is sent once more: soon, then a minute, half an hour, an hour."""
    return min(DOUBT_SECONDS_FIRST * 30.0 ** min(sent_again, 5), DOUBT_SECONDS_MAX)


def _accepted(message: Message) -> MessageAccepted:
    return MessageAccepted(
        message=message.id,
        purpose=message.purpose,
        subject=message.subject,
        recipient=message.recipient,
        channel=message.channel or "mail",
        conference=message.conference,
        run=message.run,
    )
