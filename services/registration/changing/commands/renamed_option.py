"""An option has another name: the banquet is on Thursday now. Everyone who has it reads the new one, and is told once.

asked --> every holder renamed and told, once --> over
      --paused--> goes on | --stopped--> the others keep the old name; asked again, only they are told
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.registration.changing.commands.kind import Kind
from services.registration.changing.domain.runs import Mode, Run, Step, told
from services.registration.changing.domain.runs import facts_of as facts
from services.registration.changing.store import RUNS
from services.registration.prices.commands.fee_tables import known_conference
from services.registration.prices.domain.conferences import Conference
from services.registration.prices.domain.fees import Option, with_option
from services.registration.prices.domain.places import places_id
from services.registration.prices.store import CONFERENCES, OPTION_PLACES
from services.registration.registering.domain.endings import standing
from services.registration.registering.domain.endings import with_option as with_taken
from services.registration.registering.domain.options import STANDING
from services.registration.registering.domain.registrations import LIVE, Registration, RegistrationUnknown
from services.registration.registering.store import REGISTRATIONS
from shared.change import Change
from shared.contracts.flow import Some, command, job
from shared.contracts.registration import OptionRenamed
from shared.ids import new_id
from shared.jobs import due
from shared.problem import NotFound, Refusal
from shared.telemetry import correlation
from shared.unit import Unit

RENAMED_OPTION = "renamed_option"
JOBS = Some(RUNS, RENAMED_OPTION)


class OptionNotSold(NotFound):
    """The conference sells no option under this key."""


class NothingRenamed(Refusal):
    """Nobody would be told: the option is called so already, by everyone who has it."""

    title = "That is its name already"


class RenamingTooLate(Refusal):
    """The conference is cancelled or over, so that nobody needs a new name."""

    title = "It is too late for a new name"


class RenamingUnderWay(Refusal):
    """Those who have the option are being told of another name right now."""

    title = "Another change is under way"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedOption:
    """What an option is called from now on, and the committee's words to those who have it."""

    label: str
    note: str


@command(starts=[JOBS])
def rename_option(unit: Unit, *, conference: str, product: str, label: str, note: str) -> Run:
    """Call an option by another name from now on, and tell everyone who has it, once, with a sentence of yours."""
    known = known_conference(unit, conference)
    option = _renamable(unit, known, product=product)
    run = Run(
        id=new_id("run"),
        kind=RENAMED_OPTION,
        cause=product,
        conference=conference,
        correlation=correlation(),
        actor=unit.actor,
        facts=told(RenamedOption(label=label, note=note)),
        is_stoppable=True,
    )
    if option.label == label and not unit.find(REGISTRATIONS, KIND.members(run), limit=1, hint=KIND.index):
        raise NothingRenamed(f"Everyone who has it knows it as “{label}”. Nothing was changed, and nobody was told.")
    if option.label != label:
        fees = with_option(known.fees, replace(option, label=label))
        unit.save(CONFERENCES, Change(replace(known, fees=fees)))
    unit.add(RUNS, run, job=due())
    return run


@command(emits=[OptionRenamed])
def rename_again(unit: Unit, *, said: OptionRenamed) -> Registration:
    """A registrant was told of the new name after the backup; asked again by whoever restores it."""
    registration = unit.load(REGISTRATIONS, said.registration)
    if registration is None:
        raise RegistrationUnknown("There is no such registration. Nothing was changed.")
    change = _renamed(registration, product=said.product, label=said.label, note=said.note)
    return unit.save(REGISTRATIONS, change) if change else registration


@job(of=JOBS)
def pass_gate(unit: Unit, run: Run) -> None:
    """Write the option's counter: whoever was taking a place under the old name is here by now, or begins again."""
    counter = unit.load(OPTION_PLACES, places_id(run.conference, run.cause))
    if counter is not None:
        unit.save(OPTION_PLACES, Change(counter))


@job(of=JOBS, emits=[OptionRenamed])
def tell_holder(_unit: Unit, run: Run, registration: Registration) -> Change[Registration] | None:
    """Call a registrant's option by its new name, and have them told."""
    renamed = facts(run, RenamedOption)
    return _renamed(registration, product=run.cause, label=renamed.label, note=renamed.note)


def is_moot(unit: Unit, run: Run) -> bool:
    """Who has been told that the conference is cancelled needs no new name of its banquet."""
    conference = unit.load(CONFERENCES, run.conference)
    return conference is None or conference.is_cancelled


def _renamed(registration: Registration, *, product: str, label: str, note: str) -> Change[Registration] | None:
    option = standing(registration, product=product)
    if option is None or option.label == label:
        return None
    said = OptionRenamed(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        product=product,
        from_label=option.label,
        label=label,
        note=note,
    )
    return Change(with_taken(registration, option, replace(option, label=label)), (said,))


def _renamable(unit: Unit, conference: Conference, *, product: str) -> Option:
    option = next((each for each in conference.fees.options if each.key == product), None) if conference.fees else None
    if option is None:
        raise OptionNotSold(f"{conference.title} has no option {product!r}. Nothing was changed, and nobody was told.")
    if conference.is_cancelled or conference.is_over(unit.now):
        why = "has been cancelled" if conference.is_cancelled else "is over"
        raise RenamingTooLate(f"{conference.title} {why}. Nothing was changed, and nobody was told.")
    before = unit.find(RUNS, {"conference": conference.id, "kind": RENAMED_OPTION, "cause": product})
    if any(each.step is not Step.SETTLED and each.mode is not Mode.STOPPED for each in before):
        raise RenamingUnderWay(
            f"Those who have {option.label} are still being told of its last new name. Nothing was changed; "
            "wait until that is finished, or stop it first."
        )
    return option


def _holders(run: Run) -> Mapping[str, Any]:
    """Live registrations that have the option under another name."""
    held = {
        "product": run.cause,
        "state": {"$in": list(STANDING)},
        "label": {"$ne": facts(run, RenamedOption).label},
    }
    return {"conference": run.conference, "life": {"$in": list(LIVE)}, "options": {"$elemMatch": held}}


KIND = Kind(name=RENAMED_OPTION, members=_holders, index="life", close=pass_gate, each=tell_holder, is_moot=is_moot)
