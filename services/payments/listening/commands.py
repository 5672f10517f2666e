"""What is written of the card provider's word: that it came, that it was looked at, and how far its lists were read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.payments.listening.domain import Round, Sweep, marked
from services.payments.listening.store import ROUNDS, SWEEPS
from services.payments.provider.domain.events import ProviderEvent
from services.payments.provider.store import PROVIDER_EVENTS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command, job
from shared.jobs import Claim, due
from shared.unit import Unit


@command(starts=[PROVIDER_EVENTS])
def keep_provider_events(unit: Unit, *, events: Sequence[ProviderEvent]) -> None:
    """The provider's word is kept, each event once, with the job to look what it is about."""
    for each in events:
        unit.add(PROVIDER_EVENTS, each, job=due())


@job(of=PROVIDER_EVENTS)
def finish_look(unit: Unit, *, claim: Claim[ProviderEvent]) -> None:
    """There was nothing new to see."""
    claim.finish(unit)


@job(of=PROVIDER_EVENTS)
def look_later(unit: Unit, *, claim: Claim[ProviderEvent], after_seconds: float) -> None:
    """It can't be seen yet."""
    claim.again(unit, after_seconds=after_seconds)


@job(starts=[ROUNDS])
def plan_round(unit: Unit, *, round_: str, after_seconds: float) -> None:
    """Something is to be done again and again, the first time soon; is that known, nothing changes."""
    unit.add(ROUNDS, Round(id=round_), job=due(host_now() + timedelta(seconds=after_seconds)))


@job(of=ROUNDS)
def note_round(unit: Unit, *, claim: Claim[Round], is_done: bool, after_seconds: float) -> None:
    """It was done, or could not be; when it is due again."""
    if is_done:
        unit.save(ROUNDS, Change(replace(claim.state, done_at=host_now())))
    claim.again(unit, after_seconds=after_seconds)


@job()
def note_sweep(unit: Unit, *, sweep: str, newest: str) -> None:
    """A list of the provider's was read up to this entry."""
    unit.save(SWEEPS, Change(marked(unit.load(SWEEPS, sweep) or Sweep(id=sweep), newest=newest, now=host_now())))
