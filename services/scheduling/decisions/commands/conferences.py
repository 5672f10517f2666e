"""What the host committee can ask: one function each, that loads, lets the domain decide, and hands over the change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from services.scheduling.conferences.domain import conference as domain
from services.scheduling.conferences.domain.conference import (
    Conference,
    ConferenceEditedMeanwhile,
    ConferenceKeyTaken,
    ConferenceUnknown,
)
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.domain import disruption
from services.scheduling.decisions.domain.disruption import Disruption
from services.scheduling.decisions.domain.refusals import HeldByDecision
from services.scheduling.decisions.domain.stakes import Stakes
from services.scheduling.decisions.store.decisions import DISRUPTIONS, STAKES
from services.scheduling.programme.domain import standing
from services.scheduling.programme.domain.cast_run import CastRun
from services.scheduling.programme.domain.frame import shifted
from services.scheduling.programme.domain.programme import programme_id
from services.scheduling.programme.store.programme import CAST_RUNS, PROGRAMMES, SESSIONS
from services.scheduling.releases.commands.releases import close_programme
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import (
    ConferenceAnnounced,
    ConferenceCancelled,
    ConferenceDescribed,
    RegistrationOpened,
)
from shared.ids import new_id
from shared.jobs import due
from shared.telemetry import correlation
from shared.unit import Unit


@command()
def create_conference(
    unit: Unit,
    *,
    association: str,
    conference_key: str,
    title: str,
    city: str,
    zone: str,
    currency: str,
    starts: date,
    ends: date,
    venue: str = "",
    text: str = "",
) -> Conference:
    """Draft a conference that only the committee knows of."""
    _require_free_key(unit, conference_key, undone="Nothing was created")
    change = domain.draft_conference(
        id_=new_id("conf"),
        association=association,
        key=conference_key,
        title=title,
        city=city,
        zone=zone,
        currency=currency,
        starts=starts,
        ends=ends,
        now=unit.now,
    )
    return unit.save(CONFERENCES, Change(replace(change.state, venue=venue, text=text), change.events))


@command(emits=[ConferenceDescribed])
def edit_conference(
    unit: Unit, *, conference: str, changes: Mapping[str, Any], seen: int | None, agreed: str = ""
) -> Conference:
    """Change a draft, or say an announced conference in other words.

    `seen` is the version that the editor saw, None for whatever is there, `agreed` what they read of what it does to
    the programme. An edit that changes nothing is granted whatever was seen, so that a request whose answer was lost
    can be repeated.
    """
    known = _free(unit, conference, undone="Nothing was changed.")
    version = unit.version_of(CONFERENCES, conference)
    change = domain.edit(known, changes=changes, now=unit.now)
    if change.state == known:
        return known
    if seen not in (None, version):
        raise ConferenceEditedMeanwhile(
            f"{known.title} was changed by somebody else after you opened it. Nothing of yours was saved; "
            "look at it again, then make your changes to that."
        )
    told = standing.consequences(known, change.state, unit.find(SESSIONS, {"conference": conference}))
    standing.must_be_agreed(told, agreed=agreed)
    if change.state.key != known.key:
        _require_free_key(unit, change.state.key, undone="Nothing was changed")
    if known.are_days_proposed:
        _take_times_along(unit, known, change.state)
    return unit.save(CONFERENCES, change)


def _take_times_along(unit: Unit, before: Conference, after: Conference) -> None:
    """The usual times of a programme whose days were only proposed follow the days."""
    days, kept = (after.starts - before.starts).days, unit.load(PROGRAMMES, programme_id(after.id))
    if kept is not None and (days or before.zone != after.zone):
        times = shifted(kept.times, days=days, zone=after.zone, zone_before=before.zone)
        unit.save(PROGRAMMES, Change(replace(kept, times=times)))


@command(emits=[ConferenceAnnounced])
def announce_conference(unit: Unit, *, conference: str) -> Conference:
    """Make a draft public."""
    return unit.save(CONFERENCES, domain.announce(_conference(unit, conference), now=unit.now))


@command(emits=[RegistrationOpened])
def open_registration(unit: Unit, *, conference: str) -> Conference:
    """Let people register."""
    known = _free(unit, conference, undone="Registration was not opened.")
    return unit.save(CONFERENCES, domain.open_registration(known, now=unit.now))


@command(emits=[ConferenceCancelled], starts=[CAST_RUNS])
def cancel_conference(unit: Unit, *, conference: str, reason: str, decision: str, choose_by: date) -> Disruption:
    """Decide that a conference will not take place, and open the record of what comes back.

    Its cast is told of later, so that no number of people makes the decision too large to be taken.
    """
    known = _free(unit, conference, undone="Nothing was cancelled.")
    change = domain.cancel(
        known,
        run=new_id("run"),
        reason=reason,
        decision=decision,
        choose_by=choose_by,
        now=unit.now,
    )
    return cancelled(unit, change)


def cancelled(unit: Unit, change: Change[Conference], *, decision: str = "") -> Disruption:
    """Save what a cancellation means here: the conference, its programme, and the record of what comes back.

    `decision` is the one that this carries out; empty where it was decided before there were two people to it.
    """
    conference = unit.save(CONFERENCES, change)
    assert conference.cancellation is not None
    cast = CastRun(
        id=conference.cancellation.run, conference=conference.id, correlation=correlation(), actor=unit.actor
    )
    unit.insert(CAST_RUNS, cast, job=due())
    close_programme(unit, conference=conference.id, reason=conference.cancellation.reason)
    stakes = unit.load(STAKES, conference.id) or Stakes(id=conference.id)
    return unit.save(DISRUPTIONS, Change(disruption.begin(conference, stakes=stakes, decision=decision, now=unit.now)))


def _require_free_key(unit: Unit, key: str, *, undone: str) -> None:
    if unit.find(CONFERENCES, {"key": key}):
        detail = f"The key {key} is taken. {undone}; take another one."
        raise ConferenceKeyTaken(detail, errors={"json": {"key": [detail]}})


def _free(unit: Unit, id_: str, *, undone: str) -> Conference:
    """A conference that no decision holds."""
    known = _conference(unit, id_)
    if known.deciding:
        raise HeldByDecision(conference=known.title, undone=undone)
    return known


def _conference(unit: Unit, id_: str) -> Conference:
    conference = unit.load(CONFERENCES, id_)
    if conference is None:
        raise ConferenceUnknown("There is no conference under this address. Nothing was changed.")
    return conference
