"""What notifications says on the pages that all desks make together: what waits at its desk, and whose messages a
search finds."""

from collections import Counter
from collections.abc import Iterator

from flask import url_for

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS, persons_like
from services.notifications.delivery import schemas, store
from services.notifications.messages.domain.messages import State, code_as_typed
from services.notifications.messages.store import documents
from shared.principals import Action
from shared.web.current import database
from shared.web.front import Desk, Found, Waiting

PERSON_COUNT_MAX = 100  # whose messages are counted for one search; a longer list is on the desk's own page


def waiting() -> Iterator[Waiting]:
    """Messages that a person decides about, and letters that nobody has posted."""
    counts = schemas.summary_json(documents.message_counts(database()))
    for state, one, many in (
        (State.BOUNCED, "A message came back", "{} messages came back"),
        (State.AMBIGUOUS, "A message is in doubt", "{} messages are in doubt"),
        (State.UNWRITABLE, "A message can't be written", "{} messages can't be written"),
    ):
        if count := counts[state.value]:
            sentence = f"{_counted(count, one, many)}: decide about {'it' if count == 1 else 'each'}"
            yield Waiting(sentence=sentence, address=url_for("pages.show_desk", state=state), is_pressing=True)
    if count := store.letter_count(database(), is_posted=False):
        sentence = f"{_counted(count, 'A letter', '{} letters')} to print and post"
        yield Waiting(sentence=sentence, address=url_for("pages.show_letters"))


def people_like(query: str) -> Iterator[Found]:
    """People of this name, address or town to whom messages were written, or the one whose letter has this code."""
    letter = store.letter_with_code(database(), code_as_typed(query))
    persons = [letter.recipient] if letter else persons_like(database(), query, limit=PERSON_COUNT_MAX)
    written = store.message_states(database(), persons)
    contacts = documents.by_ids(database(), CONTACTS, written)
    for person in filter(written.__contains__, persons):
        contact = contacts.get(person)
        yield Found(
            kind="Messages",
            title=contact.name if contact and contact.name else "Name not known yet",
            about=" · ".join(filter(None, (_reached(contact), _said(written[person])))),
            address=url_for("pages.show_desk", recipient=person),
        )


def _reached(contact: Contact | None) -> str:
    if contact is None:
        return ""
    return contact.email or ", ".join(contact.postal_address[-1:])


def _said(states: Counter[str]) -> str:
    count, back = states.total(), states[State.BOUNCED]
    said = _counted(count, "1 message", "{} messages")
    return f"{said}, {back} came back" if back else said


def _counted(count: int, one: str, many: str) -> str:
    return one if count == 1 else many.format(f"{count:,}")


DESK = Desk(listers=((Action.SEND_MESSAGES, waiting),), finders=((Action.SEE_MESSAGES, people_like),))
