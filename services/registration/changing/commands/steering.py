"""What a desk asks of a run: to pause it, to let it go on, to stop it. Each is one transaction."""

from collections.abc import Callable
from datetime import datetime

from services.registration.changing.domain import runs
from services.registration.changing.domain.runs import Mode, Run, RunUnknown
from services.registration.changing.store import RUNS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.registration import RunSteered
from shared.jobs import due
from shared.unit import Unit


@command(emits=[RunSteered], starts=[RUNS])
def pause_run(unit: Unit, *, run: str) -> Run:
    """Hold a run up where it stands; a step that is under way is undone and comes again later."""
    return _steered(unit, run, runs.paused)


@command(emits=[RunSteered], starts=[RUNS])
def resume_run(unit: Unit, *, run: str) -> Run:
    """Let a run go on from where it stands."""
    return _steered(unit, run, runs.resumed)


@command(emits=[RunSteered], starts=[RUNS])
def stop_run(unit: Unit, *, run: str) -> Run:
    """End a run here, for good; who was done stays done."""
    return _steered(unit, run, runs.stopped)


@command(emits=[RunSteered], starts=[RUNS])
def steer_again(unit: Unit, *, said: RunSteered) -> Run:
    """What a desk asked of a run after the backup; asked again by whoever restores it."""
    steer = {Mode.PAUSED: runs.paused, Mode.RUNNING: runs.resumed, Mode.STOPPED: runs.stopped}
    return _steered(unit, said.run, steer[Mode(said.mode)], at=said.at)


def hand_over(unit: Unit, change: Change[Run]) -> None:
    """Save the run and give its job anew: who was taking a step of it has lost it, and nothing of that step is kept."""
    run = unit.save(RUNS, change)
    unit.schedule(RUNS, run.id, due())


def _steered(unit: Unit, id_: str, steer: Callable[[Run], Run], *, at: datetime | None = None) -> Run:
    known = unit.load(RUNS, id_)
    if known is None:
        raise RunUnknown("There is no run of this id. Nothing was changed.")
    run = steer(known)
    if run != known:
        said = RunSteered(run=run.id, conference=run.conference, mode=run.mode.value, at=at or unit.now)
        hand_over(unit, Change(run, (said,)))
    return run
