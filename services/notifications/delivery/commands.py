"""What a desk can ask about a message and whoever it goes to; each function is one transaction."""

from collections.abc import Sequence

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS
from services.notifications.delivery.domain import remedies
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.store.documents import MESSAGES, NO_WORDS, RENDERINGS, rendering_id
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.notifications import MessageAccepted, RecipientTold
from shared.jobs import due
from shared.problem import NotFound
from shared.unit import Unit


@command(starts=[MESSAGES])
def send_again(unit: Unit, *, message: str) -> Message:
    """Send a message once more, to the address that is known now."""
    found = _message(unit, message)
    return _send(unit, remedies.send_again(found, contact=_contact(unit, found)))


@command(starts=[MESSAGES])
def write_mail_instead(unit: Unit, *, message: str) -> Message:
    """Send as a mail what went by letter, or was not written yet."""
    found = _message(unit, message)
    return _send(unit, remedies.write_mail(found, contact=_contact(unit, found)))


@command(starts=[MESSAGES])
def write_letter_instead(unit: Unit, *, message: str) -> Message:
    """Put a message into the print queue, with the postal address that is known now."""
    found = _message(unit, message)
    return _send(unit, remedies.write_letter(found, contact=_contact(unit, found)))


@command(emits=[MessageAccepted])
def confirm_arrival(unit: Unit, *, message: str) -> Message:
    """Say that a message in doubt has arrived; nothing is sent."""
    return unit.save(MESSAGES, remedies.confirm_arrival(_message(unit, message), now=unit.now))


@command(emits=[RecipientTold])
def note_told(unit: Unit, *, message: str, how: str) -> Message:
    """Note that somebody has told the recipient another way; nothing of it is sent any more."""
    told = unit.save(MESSAGES, remedies.note_told(_message(unit, message), how=how))
    unit.require(MESSAGES, {"_id": message}, {"$unset": {"job": ""}})
    return told


@command()
def post_letters(unit: Unit, *, letters: Sequence[str]) -> int:
    """Mark letters as given to the post, all of them or none; those that were posted before stay as they are."""
    unit.preload((MESSAGES, letter) for letter in letters)
    for letter in letters:
        unit.save(MESSAGES, remedies.post(_message(unit, letter), now=unit.now))
    return len(letters)


def _send(unit: Unit, change: Change[Message]) -> Message:
    unit.schedule(MESSAGES, change.state.id, due())
    return unit.save(MESSAGES, change)


def _contact(unit: Unit, message: Message) -> Contact | None:
    return unit.load(CONTACTS, message.recipient)


def _message(unit: Unit, id_: str) -> Message:
    message = unit.load(MESSAGES, id_)
    if message is None:
        raise NotFound("There is no message with this id. Nothing was changed.")
    return message


def erase_words(unit: Unit, person: str) -> None:
    """Blank the words of every message to a person and of every one that names them; what has not left to them stays
    here."""
    unit.flush()
    kept = unit.of(MESSAGES)
    where = {"$or": [{"recipient": person}, {"names": person}]}
    ids = [each["_id"] for each in kept.find(where, {"_id": 1}, session=unit.session)]
    for id_ in [rendering_id(each, channel=channel) for each in ids for channel in ("mail", "letter")]:
        blank = {"$set": {"content": NO_WORDS}, "$inc": {"version": 1}}
        unit.of(RENDERINGS).update_one({"_id": id_}, blank, session=unit.session)
    open_ = {"recipient": person, "state": {"$nin": [State.ACCEPTED, State.TOLD, State.COVERED]}}
    covered = {"state": State.COVERED, "reason": "its recipient was erased", "waits_for": None}
    kept.update_many(open_, {"$set": covered, "$unset": {"job": ""}, "$inc": {"version": 1}}, session=unit.session)
