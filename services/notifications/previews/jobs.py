"""Looks at whom a decision would be told, and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pymongo.client_session import ClientSession

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS
from services.notifications.messages.domain.messages import State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.jobs.wording import FOLDER, words_folder, written_language
from services.notifications.messages.store.documents import CONFERENCES, MESSAGES
from services.notifications.previews.domain import Counting, texts_of
from services.notifications.previews.store import ATTENDING
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.contracts.notifications import MessagesPreviewed
from shared.findings import Findings, Inquiry, answered
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.previewing import INQUIRIES, Look, Reply, breathing, look_at_one_moment, nothing_known, on_behalf, reply
from shared.unit import Unit

READ_COUNT = 5_000  # contacts at once
_CONTACT_FIELDS = {"email": 1, "postal_address": 1, "language": 1, "is_known": 1}


def previewing(database: Database) -> JobKind[Inquiry]:
    """The previews that are wanted."""
    return JobKind("previews", INQUIRIES, partial(preview, database), claim_count=1, lease_seconds=60.0)


@acts(of=INQUIRIES)
def preview(database: Database, claim: Claim[Inquiry]) -> None:
    """Looks up whom a decision would be told, at one moment."""
    inquiry = claim.state
    findings = look_at_one_moment(database, inquiry, KINDS.get(inquiry.kind, nothing_known))
    with on_behalf(inquiry):
        database.run(answer_preview, claim=claim, found=reply(database, inquiry, findings))


@job(of=INQUIRIES, emits=[MessagesPreviewed])
def answer_preview(unit: Unit, *, claim: Claim[Inquiry], found: Reply) -> None:
    """Say which messages the decision would send."""
    inquiry = replace(claim.state, terms=found.terms, texts=found.texts)
    unit.save(INQUIRIES, Change(inquiry, (MessagesPreviewed(**answered(inquiry), **found.said),)))
    claim.finish(unit)


def cancel(database: Database, session: ClientSession, inquiry: Inquiry) -> Findings:
    """A cancellation is told to each registrant, and to whoever pays for several."""
    where = {"conference": inquiry.conference, "is_live": True}
    attending = [
        ATTENDING.state(each)
        for each in database.mongo[ATTENDING.name].find(where, session=session, batch_size=READ_COUNT)
    ]
    people = {each.person for each in attending} | {each.payer for each in attending if each.payer}
    contacts = _contacts(database, session, people)
    bounced = _bounced(database, session)
    conference = database.mongo[CONFERENCES.name].find_one({"_id": inquiry.conference}, session=session)
    counting = Counting(texts=texts_of(inquiry, _words()))
    for each in breathing(attending):
        counting.add(each, **_reached(each.person, contacts, bounced))
        if each.payer:
            counting.add_payer(each, **_reached(each.payer, contacts, bounced))
    return replace(counting.findings(), currency=conference["currency"] if conference else "")


def _reached(person: str, contacts: Mapping[str, Contact], bounced: frozenset[str]) -> dict[str, Any]:
    contact = contacts.get(person)
    language = written_language(Purpose.CONFERENCE_CANCELLED, contact.language if contact else "")
    return {"contact": contact, "language": language, "has_bounced": person in bounced}


def _contacts(database: Database, session: ClientSession, people: Iterable[str]) -> dict[str, Contact]:
    """How these people are reached; their names are not read."""
    ids = sorted(people)
    found: dict[str, Contact] = {}
    for at in range(0, len(ids), READ_COUNT):
        where = {"_id": {"$in": ids[at : at + READ_COUNT]}}
        for each in database.mongo[CONTACTS.name].find(where, _CONTACT_FIELDS, session=session, batch_size=READ_COUNT):
            found[each["_id"]] = CONTACTS.state(each)
    return found


def _bounced(database: Database, session: ClientSession) -> frozenset[str]:
    """Whose last mail came back, and nobody has seen to it since."""
    where = {"state": State.BOUNCED}
    return frozenset(
        each["recipient"] for each in database.mongo[MESSAGES.name].find(where, {"recipient": 1}, session=session)
    )


def _words() -> list[bytes]:
    """The files that the words of the message are made of, in all languages."""
    folders: tuple[Path, ...] = (FOLDER, words_folder(Purpose.CONFERENCE_CANCELLED))
    return [file.read_bytes() for folder in folders for file in sorted(folder.iterdir()) if file.is_file()]


KINDS: Mapping[str, Look] = {"cancel": cancel}
