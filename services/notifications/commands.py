"""What a desk can ask about a message: settle a doubt, turn a refused mail into a letter, mark letters as posted."""

from collections.abc import Sequence

from services.notifications import domain
from services.notifications.domain import Message
from services.notifications.store import CONTACTS, MESSAGES
from shared.contracts.flow import command
from shared.contracts.notifications import MessageAccepted
from shared.jobs import due
from shared.mongo import Unit
from shared.problem import NotFound


@command()
def send_again(unit: Unit, *, message: str) -> Message:
    """Send a message that is in doubt once more; the recipient may then have it twice."""
    sent = unit.save(MESSAGES, domain.send_again(_message(unit, message)))
    unit.schedule(MESSAGES, message, due())
    return sent


@command(emits=[MessageAccepted])
def confirm_arrival(unit: Unit, *, message: str) -> Message:
    """Say that a message in doubt has arrived; nothing is sent."""
    return unit.save(MESSAGES, domain.confirm_arrival(_message(unit, message), now=unit.now))


@command()
def write_letter_instead(unit: Unit, *, message: str) -> Message:
    """Put a message that was refused as a mail into the print queue."""
    bounced = _message(unit, message)
    contact = unit.load(CONTACTS, bounced.recipient)
    written = unit.save(MESSAGES, domain.write_letter_instead(bounced, contact=contact))
    unit.schedule(MESSAGES, message, due())
    return written


@command()
def post_letters(unit: Unit, *, letters: Sequence[str]) -> int:
    """Mark letters as given to the post, all of them or none; those that were posted before stay as they are."""
    unit.preload((MESSAGES, letter) for letter in letters)
    for letter in letters:
        unit.save(MESSAGES, domain.post(_message(unit, letter), now=unit.now))
    return len(letters)


def _message(unit: Unit, id_: str) -> Message:
    message = unit.load(MESSAGES, id_)
    if message is None:
        raise NotFound("There is no message with this id. Nothing was changed.")
    return message
