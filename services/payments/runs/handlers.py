"""What a refund run hears: which registrations it is about."""

from services.payments.orders.store import CONFERENCES
from services.payments.runs.domain import Run, expect
from services.payments.runs.store import RUNS
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import RegistrationRunClosed, RunLeaversClosed
from shared.unit import Unit


@consumes(
    RegistrationRunClosed, needs=lambda event: [(RUNS, event.run), (CONFERENCES, event.conference)], starts=[RUNS]
)
def expect_registrations(event: RegistrationRunClosed, unit: Unit) -> None:
    """From now on it is known which registrations must be settled before the run is."""
    _expect(unit, event)


@consumes(RunLeaversClosed, needs=lambda event: [(RUNS, event.run), (CONFERENCES, event.conference)], starts=[RUNS])
def expect_leavers(event: RunLeaversClosed, unit: Unit) -> None:
    """From now on it is known who has left a conference that goes on otherwise, and must be settled."""
    _expect(unit, event)


def _expect(unit: Unit, event: RegistrationRunClosed | RunLeaversClosed) -> None:
    conference = unit.load(CONFERENCES, event.conference)
    run = unit.load(RUNS, event.run)
    if run is None:
        run = Run(id=event.run, conference=event.conference, currency=conference.currency if conference else "")
    unit.save(RUNS, Change(expect(run, event)))
