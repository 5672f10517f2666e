"""What the committee asks of releases: publish the draft, set it back; and what a cancelled conference closes with."""

from collections.abc import Mapping

from services.scheduling.agendas.domain.rosters import Roster
from services.scheduling.agendas.store.agendas import ROSTERS
from services.scheduling.conferences.domain.conference import Conference, must_have_days
from services.scheduling.programme.domain.programme import Programme, programme_id
from services.scheduling.programme.store.draft import conference_stays, must_go_on
from services.scheduling.programme.store.programme import PROGRAMMES, SESSIONS
from services.scheduling.releases.domain import releasing, resetting
from services.scheduling.releases.domain.differences import Comparison, Draft, compare
from services.scheduling.releases.domain.fanout import Fanout
from services.scheduling.releases.domain.releases import (
    DraftInConflict,
    NothingToRelease,
    Release,
    ReleaseUnknown,
    What,
    release_id,
)
from services.scheduling.releases.domain.releasing import Seen
from services.scheduling.releases.store import gate
from services.scheduling.releases.store.releases import FANOUTS, RELEASES, draft_of, last_of
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import (
    ProgrammeReleased,
    SeatsPublished,
    SessionCancelled,
    SessionMoved,
    SessionScheduled,
    SpeakerReplaced,
)
from shared.jobs import due
from shared.telemetry import correlation
from shared.unit import Unit

COMMITTEE = "the committee"


@command(
    emits=[ProgrammeReleased, SeatsPublished, SessionScheduled, SessionMoved, SessionCancelled, SpeakerReplaced],
    starts=[FANOUTS],
)
def release_programme(
    unit: Unit, *, conference: str, name: str, remark: str, seen: Seen, domain: str, by: str
) -> Release:
    """Publish the draft as it was previewed, under this name and the next number; the news of it follows."""
    known = must_go_on(unit, conference)
    must_have_days(known, undone="Nothing was released.")
    draft = draft_of(unit, conference)
    last = last_of(unit, draft)
    releasing.must_be_the_draft_seen(draft, last, seen)
    _must_be_free_of_conflicts(unit, draft, known)
    comparison = compared(unit, draft, last, zone=known.zone, domain=domain)
    if not comparison.differences:
        raise NothingToRelease("The draft is what is published already. Nothing was released; change something first.")
    released = releasing.release(draft, comparison, name=name, remark=remark, by=by, now=unit.now)
    _save(unit, released)
    return released.release


@command()
def reset_draft(unit: Unit, *, conference: str, number: int, by: str) -> Programme:
    """Set the draft back to what a release shows; what is published stays so until the next one."""
    conference_stays(unit, conference)
    to = unit.load(RELEASES, release_id(conference, number))
    if to is None:
        raise ReleaseUnknown(f"There is no release {number}. The draft was not changed.")
    programme, sessions = resetting.reset(draft_of(unit, conference), to, by=by, now=unit.now)
    for each in sessions:
        unit.save(SESSIONS, Change(each))
    return unit.save(PROGRAMMES, Change(programme))


def close_programme(unit: Unit, *, conference: str, reason: str) -> None:
    """Cancel every published session with its conference, in one last release of which nobody is told by itself.

    To be called with what cancels the conference: the one message about that is what people are told.
    """
    programme = unit.load(PROGRAMMES, programme_id(conference))
    if programme is None or not programme.release_count:
        return
    last = unit.load(RELEASES, release_id(conference, programme.release_count))
    if last is None or all(each.is_cancelled for each in last.entries):
        return
    closing = releasing.close(programme, last, reason=reason, by=COMMITTEE, now=unit.now)
    unit.insert(RELEASES, closing)
    unit.save(PROGRAMMES, Change(releasing.counted(programme, closing)))


def compared(unit: Unit, draft: Draft, last: Release | None, *, zone: str, domain: str) -> Comparison:
    """What a release would make of the draft, with what those may have instead who paid for something cancelled."""
    comparison = compare(draft, last, zone=zone, domain=domain, now=unit.now)
    if not any(What.CANCELLED in each.what and each.shown.product for each in comparison.differences):
        return comparison
    rosters = unit.find(ROSTERS, {"conference": draft.programme.conference})
    return releasing.with_alternatives(comparison, taken=_taken(rosters), zone=zone, now=unit.now)


def _taken(rosters: list[Roster]) -> Mapping[str, int]:
    """How many seats of each session are not to be had: held, or waited for."""
    return {each.session: len(each.held) + len(each.waiting) for each in rosters}


def _must_be_free_of_conflicts(unit: Unit, draft: Draft, known: Conference) -> None:
    sentences = gate.blocking(gate.conflicts(unit, draft, known=known))
    if sentences:
        named = " ".join(sentences[: gate.SHOWN_COUNT_MAX])
        raise DraftInConflict(
            f"Nothing was released. {named} Resolve this in the draft, or let the rule only warn, and release again.",
            conflict_count=len(sentences),
            conflicts=sentences,
        )


def _save(unit: Unit, released: releasing.Released) -> None:
    release = released.release
    unit.insert(RELEASES, release)
    unit.save(PROGRAMMES, released.programme)
    for each in released.sessions:
        unit.save(SESSIONS, each)
    fanout = Fanout(
        id=release.id, conference=release.conference, number=release.number, correlation=correlation(), actor=unit.actor
    )
    unit.insert(FANOUTS, fanout, job=due())
