"""Looks at what a decision would do to the programme, and keeps that as this service's own answer."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from pymongo.client_session import ClientSession

from services.scheduling.agendas.domain.agendas import agenda_id
from services.scheduling.agendas.store.agendas import AGENDAS, ROSTERS
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.previews.domain import preview as domain
from services.scheduling.previews.domain.counting import of_cancelling
from services.scheduling.previews.domain.preview import SCHEDULING, Answer
from services.scheduling.previews.store import PREVIEWS
from services.scheduling.programme.store.programme import SESSIONS
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.findings import Findings, Inquiry
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.previewing import INQUIRIES, Look, Reply, look_at_one_moment, nothing_known, on_behalf, reply
from shared.unit import Unit


def previewing(database: Database) -> JobKind[Inquiry]:
    """The previews that are wanted."""
    return JobKind("previews", INQUIRIES, partial(preview, database), claim_count=1, lease_seconds=60.0)


@acts(of=INQUIRIES)
def preview(database: Database, claim: Claim[Inquiry]) -> None:
    """Looks up what of the programme a decision would concern, at one moment."""
    inquiry = claim.state
    findings = look_at_one_moment(database, inquiry, KINDS.get(inquiry.kind, nothing_known))
    with on_behalf(inquiry):
        database.run(keep_answer, claim=claim, found=reply(database, inquiry, findings))


@job(of=INQUIRIES)
def keep_answer(unit: Unit, *, claim: Claim[Inquiry], found: Reply) -> None:
    """Keep what the decision would do to the programme beside what the other services say."""
    unit.save(INQUIRIES, Change(replace(claim.state, terms=found.terms, texts=found.texts)))
    claim.finish(unit)
    known = unit.load(PREVIEWS, claim.id)
    answer = Answer(
        count=found.count,
        population=found.population,
        lines=found.lines,
        anomalies=found.anomalies,
        digest=found.digest,
        drift=found.drift,
    )
    after = domain.heard(known, SCHEDULING, answer) if known else None
    if after is not None:
        unit.save(PREVIEWS, Change(after))


def cancel(database: Database, session: ClientSession, inquiry: Inquiry) -> Findings:
    """A cancellation takes every session off the programme, and tells who was to speak."""
    of_conference = {"conference": inquiry.conference}
    sessions = [SESSIONS.state(each) for each in database.mongo[SESSIONS.name].find(of_conference, session=session)]
    rosters = [ROSTERS.state(each) for each in database.mongo[ROSTERS.name].find(of_conference, session=session)]
    conference = database.mongo[CONFERENCES.name].find_one({"_id": inquiry.conference}, session=session)
    cast = {person for each in sessions for person in each.speakers}
    where = {
        "_id": {"$in": [agenda_id(inquiry.conference, each) for each in cast]},
        "registration": {"$gt": ""},
        "is_ended": False,
    }
    registered = {each["person"] for each in database.mongo[AGENDAS.name].find(where, {"person": 1}, session=session)}
    currency = conference["currency"] if conference else ""
    return of_cancelling(sessions, rosters, registered=registered, inquiry=inquiry, currency=currency)


KINDS: Mapping[str, Look] = {"cancel": cancel}
