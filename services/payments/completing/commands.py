"""How far a refund run has come is noted, and that it is complete."""

from services.payments.completing.store import Closing
from services.payments.orders.store import CONFERENCES
from services.payments.runs.domain import SETTLING, Figures, advance, complete
from services.payments.runs.store import RUNS
from shared.contracts.flow import job
from shared.contracts.payments import RefundRunAdvanced, RefundRunCompleted
from shared.unit import Unit


@job(of=RUNS, emits=[RefundRunAdvanced])
def note_progress(unit: Unit, *, run: str, figures: Figures, currency: str) -> bool:
    """The run has come this far. True: the counts agree, so that it may be complete."""
    loaded = unit.load(RUNS, run)
    if loaded is None or loaded.state != SETTLING:
        return False
    if not currency:
        conference = unit.load(CONFERENCES, loaded.conference)
        currency = loaded.currency or (conference.currency if conference else "")
    change = advance(loaded, figures=figures, currency=currency)
    if change.events:
        unit.save(RUNS, change)
    return change.state.may_be_complete


@job(of=RUNS, emits=[RefundRunCompleted])
def note_completion(unit: Unit, *, run: str, seen: Closing) -> bool:
    """The run is settled, if its own registrations are exactly those that were closed and nothing is left to pay.

    That is so as it was seen at one moment, and unless something has disturbed it since.
    """
    loaded = unit.load(RUNS, run)
    if loaded is None or unit.version_of(RUNS, run) != seen.version or seen.figures != loaded.figures:
        return False
    change = complete(loaded, digest=seen.digest, owed_back_minor=seen.owed_back_minor, open_count=seen.open_count)
    if change.events:
        unit.save(RUNS, change)
    return bool(change.events)
