"""What happens after a batch of news: the registrants told are gathered, and compared with those who had to be told."""

from functools import partial

from services.scheduling.decisions.commands.following import follow
from services.scheduling.decisions.domain import disruption
from services.scheduling.decisions.domain.disruption import Disruption
from services.scheduling.decisions.store.decisions import DISRUPTIONS, told_registrations
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.ids import digest_of
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.unit import Unit


def comparing(database: Database) -> JobKind[Disruption]:
    """The job that compares who was told with whose registration ended."""
    return JobKind("compare_told", DISRUPTIONS, partial(compare_told, database))


@acts(of=DISRUPTIONS)
def compare_told(database: Database, claim: Claim[Disruption]) -> None:
    """Gathers the registrants who were told."""
    told = told_registrations(database, claim.id)
    database.run(record_comparison, claim=claim, told_count=len(told), told_digest=digest_of(told))


@job(of=DISRUPTIONS)
def record_comparison(unit: Unit, *, claim: Claim[Disruption], told_count: int, told_digest: str) -> None:
    """Keep the digest of those told, unless more were told meanwhile: their news has made a new job of this one."""
    is_ours = unit.guard(DISRUPTIONS, {"_id": claim.id, "job.token": claim.token}, {"$unset": {"job": ""}})
    record = unit.load(DISRUPTIONS, claim.id)
    if is_ours and record is not None:
        compared = disruption.compared(record, told_count=told_count, told_digest=told_digest)
        unit.save(DISRUPTIONS, Change(compared))
        if compared.state is not record.state and compared.decision:
            follow(unit, compared)
