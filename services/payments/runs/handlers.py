"""What a refund run hears: which registrations it is about."""

from services.payments.orders.store import CONFERENCES
from services.payments.runs.domain import Run, expect
from services.payments.runs.store import RUNS
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import RegistrationRunClosed
from shared.unit import Unit


@consumes(
    RegistrationRunClosed, needs=lambda event: [(RUNS, event.run), (CONFERENCES, event.conference)], starts=[RUNS]
)
def expect_registrations(event: RegistrationRunClosed, unit: Unit) -> None:
    """From now on it is known which registrations must be settled before the run is."""
    conference = unit.load(CONFERENCES, event.conference)
    run = unit.load(RUNS, event.run)
    if run is None:
        run = Run(id=event.run, conference=event.conference, currency=conference.currency if conference else "")
    unit.save(RUNS, Change(expect(run, event)))
