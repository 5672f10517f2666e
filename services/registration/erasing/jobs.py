"""The second look: what was being written down of somebody in the moment in which they were erased."""

from services.registration.erasing.commands import erase_now
from services.registration.erasing.domain import Erasure
from services.registration.erasing.store import ERASURES
from shared.contracts.flow import job
from shared.contracts.registration import PersonErased
from shared.jobs import Claim, JobKind, Recording
from shared.mongo import Database
from shared.unit import Unit


def second_looks(database: Database) -> JobKind[Erasure]:
    """Erasures that were done a little while ago."""
    return JobKind("second_looks", ERASURES, Recording(database, erase_again))


@job(of=ERASURES, emits=[PersonErased])
def erase_again(unit: Unit, *, claim: Claim[Erasure]) -> None:
    """Tell it once more, everywhere: who had read a name before has written it by now, and nobody reads it any more."""
    erasure = unit.load(ERASURES, claim.id)
    for person in erasure.persons if erasure else ():
        erase_now(unit, person, erasure=claim.id)
    claim.finish(unit)
