"""The fan-out of a release: bring the seats up to it, write down whom it touches, tell each of them once.

Each step is one transaction that also moves the fan-out on, so that a process may be killed anywhere: who claims it
next carries on where it stands. Nothing here leaves the house; what is said travels as events.
"""

from functools import partial

from pymongo import ASCENDING

from services.scheduling.agendas.commands import seat_release
from services.scheduling.agendas.domain.agendas import Agenda, agenda_id
from services.scheduling.agendas.domain.rosters import Roster, roster_id
from services.scheduling.agendas.store.affected import affected
from services.scheduling.agendas.store.agendas import AGENDAS, ROSTERS, rosters
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.releases.commands import seats
from services.scheduling.releases.domain import fanout, news
from services.scheduling.releases.domain.fanout import Fanout, Step, Telling, telling_id
from services.scheduling.releases.domain.news import News
from services.scheduling.releases.domain.releases import Difference, Release
from services.scheduling.releases.store.releases import FANOUTS, RELEASES, TELLINGS
from shared.acting import following
from shared.change import Change
from shared.clock import boot_seconds
from shared.contracts.flow import acts, job
from shared.contracts.scheduling import AgendaChanged, SeatOffered, SeatOwed, SeatsWanted
from shared.crash import point
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.telemetry import correlated, log
from shared.unit import Unit

SEATED_COUNT = 50  # rosters to a transaction
GATHERED_COUNT = 500  # persons to a transaction: a short line for each
TOLD_COUNT = 100  # persons to a transaction: their agendas are also written by themselves, and whoever is second waits
LEASE_SECONDS = 6.0  # short, so that the fan-out goes on soon after its process was killed
STEP_SECONDS_MAX = 3.0  # no step is begun with less of the lease left than this
AWAIT_SECONDS = 0.25  # between two looks whether the release before has been told
HELD_SECONDS = 1.0  # between two looks whether a decision about the conference was undone


class ConferenceHeld(Exception):
    """A decision about the conference is under way, and nobody is told anything else meanwhile."""


def fanouts(database: Database) -> JobKind[Fanout]:
    """The one kind of job here."""
    return JobKind(
        "fanouts",
        FANOUTS,
        partial(carry_out_release, database),
        concurrency=2,
        claim_count=2,
        lease_seconds=LEASE_SECONDS,
    )


@job(of=FANOUTS, emits=[SeatOffered, SeatOwed, SeatsWanted], starts=[ROSTERS])
def seat_chunk(unit: Unit, *, claim: Claim[Fanout], release: Release) -> Fanout:
    """Bring the next rosters up to the release; the last sign-ups of a smaller room wait again."""
    held = _going(unit, claim)
    if held.is_over:
        return held
    conference = unit.load(CONFERENCES, release.conference)
    assert conference is not None
    chunk = [each for each in seats.seated_differences(release) if each.session > held.cursor][:SEATED_COUNT]
    seatings = [seats.seating(each, replaced=_replaced(unit, each), zone=conference.zone) for each in chunk]
    seat_release(unit, conference=release.conference, release=release.number, seatings=seatings)
    is_last = len(chunk) < SEATED_COUNT
    return unit.save(FANOUTS, Change(fanout.seated(held, upto=chunk[-1].session if chunk else "", is_last=is_last)))


@job(of=FANOUTS)
def gather_chunk(unit: Unit, *, claim: Claim[Fanout], persons: list[str]) -> Fanout:
    """Write down the next people whom the release touches."""
    held = _going(unit, claim)
    if held.is_over:
        return held
    for person in persons:
        unit.add(TELLINGS, Telling(id=telling_id(held.id, person), fanout=held.id, person=person))
    return unit.save(FANOUTS, Change(fanout.gathered_upto(held, persons[-1])))


@job(of=FANOUTS)
def close_gathering(unit: Unit, *, claim: Claim[Fanout]) -> Fanout:
    """From here on it is known exactly who must be told."""
    held = _going(unit, claim)
    if held.is_over:
        return held
    return unit.save(FANOUTS, Change(fanout.gathered(held, persons=_persons(unit, held.id))))


@job(of=FANOUTS, emits=[AgendaChanged])
def tell_chunk(unit: Unit, *, claim: Claim[Fanout], release: Release) -> Fanout:
    """Tell the next people what the release means for them, each in one event; compare when nobody is left."""
    held = _going(unit, claim)
    if held.is_over:
        return held
    due = unit.find(TELLINGS, {"fanout": held.id, "is_told": False}, sort=[("_id", ASCENDING)], limit=TOLD_COUNT)
    if not due:
        return unit.save(FANOUTS, Change(fanout.compared(held, persons=_persons(unit, held.id, is_told=True))))
    known = unit.find(ROSTERS, {"conference": release.conference})
    told = News(release=release, rosters={each.session: each for each in known}, now=unit.now)
    unit.preload((AGENDAS, agenda_id(release.conference, each.person)) for each in due)
    said_count = sum(_tell(unit, told, each) for each in due)
    return unit.save(FANOUTS, Change(fanout.told(held, person_count=len(due), said_count=said_count)))


@job(of=FANOUTS)
def rest(unit: Unit, *, claim: Claim[Fanout], after_seconds: float) -> None:
    """Nothing more can be done now: the fan-out is over, or goes on later."""
    held = _held(unit, claim)
    if held.is_over:
        claim.finish(unit)
    else:
        claim.again(unit, after_seconds=after_seconds)


@acts(of=FANOUTS)
def carry_out_release(database: Database, claim: Claim[Fanout]) -> None:
    """Takes steps while there are any and the lease lasts; what is left is claimed again from where it stands."""
    with correlated(claim.state.correlation), following(claim.state.actor):
        if _is_behind_another(database, claim.state):
            database.run(rest, claim=claim, after_seconds=AWAIT_SECONDS)
            return
        release = _release(database, claim.id)
        held = claim.state
        try:
            while not held.is_over and boot_seconds() < claim.lease_ends - STEP_SECONDS_MAX:
                point("fanout.stepping")
                held = _step(database, claim, held, release)
                point("fanout.stepped")
        except ConferenceHeld:
            database.run(rest, claim=claim, after_seconds=HELD_SECONDS)
            return
        if held.step is Step.COMPLETE:
            log.info("release told", release=held.id, person_count=held.told_count, said_count=held.said_count)
        database.run(rest, claim=claim, after_seconds=0.0)


def _step(database: Database, claim: Claim[Fanout], held: Fanout, release: Release) -> Fanout:
    match held.step:
        case Step.SEATING:
            return database.run(seat_chunk, claim=claim, release=release)
        case Step.GATHERING:
            persons = _next_persons(database, release, after=held.cursor)
            if persons:
                return database.run(gather_chunk, claim=claim, persons=persons)
            return database.run(close_gathering, claim=claim)
        case Step.TELLING:
            return database.run(tell_chunk, claim=claim, release=release)
        case Step.COMPLETE | Step.STOPPED:
            return held


def _is_behind_another(database: Database, held: Fanout) -> bool:
    """Whether the news of an earlier release of this conference is still being told."""
    where = {"conference": held.conference, "number": {"$lt": held.number}, "job": {"$exists": True}}
    return database.mongo[FANOUTS.name].find_one(where, {"_id": 1}) is not None


def _release(database: Database, id_: str) -> Release:
    document = database.mongo[RELEASES.name].find_one({"_id": id_})
    assert document is not None, "a fan-out is made with its release"
    return RELEASES.state(document)


def _next_persons(database: Database, release: Release, *, after: str) -> list[str]:
    told = News(release=release, rosters=rosters(database, release.conference), now=database.clock.now())
    found = affected(
        database, release.conference, told.sessions, speakers=told.speakers, after=after, limit=GATHERED_COUNT
    )
    return [each.person for each in found]


def _held(unit: Unit, claim: Claim[Fanout]) -> Fanout:
    """The fan-out as it stands; what this unit writes counts only if the claim is still ours.

    It is over when the conference was cancelled meanwhile: that is what people are told of.
    """
    claim.keep(unit)
    held = unit.load(FANOUTS, claim.id)
    assert held is not None
    conference = unit.load(CONFERENCES, held.conference)
    if conference and conference.is_cancelled and not held.is_over:
        return unit.save(FANOUTS, Change(fanout.stopped(held)))
    return held


def _going(unit: Unit, claim: Claim[Fanout]) -> Fanout:
    """The fan-out as it stands, to take its next step; raises `ConferenceHeld`."""
    held = _held(unit, claim)
    conference = unit.load(CONFERENCES, held.conference)
    if conference and conference.deciding and not held.is_over:
        raise ConferenceHeld
    return held


def _tell(unit: Unit, told: News, due: Telling) -> bool:
    """Tell one person, unless what touched them does so no longer; answers whether anything was said."""
    id_ = agenda_id(told.release.conference, due.person)
    agenda = unit.load(AGENDAS, id_) or Agenda(id=id_, conference=told.release.conference, person=due.person)
    items = news.items(told, due.person, agenda)
    if items:
        unit.save(AGENDAS, Change(agenda, news.agenda_changed(told, agenda, items)))
    unit.save(TELLINGS, Change(Telling(**_of(due), is_told=True, item_count=len(items))))
    return bool(items)


def _of(due: Telling) -> dict[str, str]:
    return {"id": due.id, "fanout": due.fanout, "person": due.person}


def _persons(unit: Unit, id_: str, **where: bool) -> list[str]:
    found = unit.of(TELLINGS).find({"fanout": id_, **where}, {"person": 1}, session=unit.session)
    return [each["person"] for each in found]


def _replaced(unit: Unit, difference: Difference) -> Roster | None:
    replaced = difference.shown.replaces
    return unit.load(ROSTERS, roster_id(replaced)) if replaced else None
