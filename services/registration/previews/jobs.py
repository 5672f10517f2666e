"""Looks at what a decision would do to registrations, and answers."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from pymongo.client_session import ClientSession

from services.registration.previews.domain import Counting
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import LIVE
from services.registration.registering.store import REGISTRATIONS
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.contracts.registration import RegistrationsPreviewed
from shared.findings import Findings, Inquiry, answered
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.previewing import INQUIRIES, Look, Reply, breathing, look_at_one_moment, nothing_known, on_behalf, reply
from shared.unit import Unit


def previewing(database: Database) -> JobKind[Inquiry]:
    """The previews that are wanted."""
    return JobKind("previews", INQUIRIES, partial(preview, database), claim_count=1, lease_seconds=60.0)


@acts(of=INQUIRIES)
def preview(database: Database, claim: Claim[Inquiry]) -> None:
    """Looks up whom a decision would concern, at one moment."""
    inquiry = claim.state
    findings = look_at_one_moment(database, inquiry, KINDS.get(inquiry.kind, nothing_known))
    with on_behalf(inquiry):
        database.run(answer_preview, claim=claim, found=reply(database, inquiry, findings))


@job(of=INQUIRIES, emits=[RegistrationsPreviewed])
def answer_preview(unit: Unit, *, claim: Claim[Inquiry], found: Reply) -> None:
    """Say what the decision would do to registrations."""
    inquiry = replace(claim.state, terms=found.terms, texts=found.texts)
    unit.save(INQUIRIES, Change(inquiry, (RegistrationsPreviewed(**answered(inquiry), **found.said),)))
    claim.finish(unit)


def cancel(database: Database, session: ClientSession, inquiry: Inquiry) -> Findings:
    """A cancellation ends every registration that is live, whatever has been paid of it."""
    where = {"conference": inquiry.conference, "life": {"$in": list(LIVE)}}
    kept = list(database.mongo[REGISTRATIONS.name].find(where, session=session, batch_size=5_000))
    conference = database.mongo[CONFERENCES.name].find_one({"_id": inquiry.conference}, session=session)
    counting = Counting()
    for document in breathing(kept):
        counting.add(REGISTRATIONS.state(document))
    return counting.findings(inquiry, currency=conference["currency"] if conference else "")


KINDS: Mapping[str, Look] = {"cancel": cancel}
