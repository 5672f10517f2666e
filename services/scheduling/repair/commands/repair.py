"""What the committee asks of the solver, and what it does with the answers."""

from collections.abc import Sequence
from datetime import date

from services.scheduling.programme.domain import drafting
from services.scheduling.programme.store.draft import must_go_on, programme_of, rooms_stay, session_of
from services.scheduling.programme.store.programme import SESSIONS
from services.scheduling.releases.domain.differences import digest
from services.scheduling.releases.store.releases import draft_of, last_of
from services.scheduling.repair.domain import repair as domain
from services.scheduling.repair.domain.congress import Incident, Move
from services.scheduling.repair.domain.repair import DraftMovedOn, IncidentMakesNoSense, Search, SearchUnknown, Task
from services.scheduling.repair.store import SEARCHES
from shared.change import Change
from shared.contracts.flow import command
from shared.ids import new_id
from shared.jobs import due
from shared.unit import Unit


@command(starts=[SEARCHES])
def ask_solver(
    unit: Unit, *, conference: str, task: Task, incident: Incident, budget_seconds: int, seed: int, by: str
) -> Search:
    """Ask for a plan or a repair of the draft as it is now; the answer comes later, and changes nothing by itself."""
    must_go_on(unit, conference)
    _must_be_of_this_programme(unit, conference, incident)
    search = Search(
        id=new_id("search"),
        conference=conference,
        task=task,
        incident=incident,
        budget_seconds=budget_seconds,
        seed=seed,
        draft_digest=draft_digest(unit, conference),
        asked_by=by,
        asked_at=unit.now,
    )
    unit.insert(SEARCHES, search, job=due())
    return search


@command()
def cancel_search(unit: Unit, *, conference: str, search: str) -> Search:
    """Nobody wants the answer any more; the solver ends within a moment."""
    return unit.save(SEARCHES, Change(domain.cancelled(search_of(unit, conference, search))))


@command()
def take_proposal(unit: Unit, *, conference: str, search: str, reason: str, by: str) -> Search:
    """Take a proposal into the draft, all of it; nobody is told before the next release."""
    known = search_of(unit, conference, search)
    taken = domain.taken(known)
    if draft_digest(unit, conference) != known.draft_digest:
        raise DraftMovedOn(
            "The draft was changed after the solver was asked. Nothing was taken; ask again for the draft as it is now."
        )
    make_moves(unit, conference=conference, moves=known.moves, reason=reason, by=by)
    return unit.save(SEARCHES, Change(taken))


def make_moves(unit: Unit, *, conference: str, moves: Sequence[Move], reason: str, by: str) -> None:
    """Make these moves in the draft."""
    zone = must_go_on(unit, conference).zone
    unit.preload((SESSIONS, each.session) for each in moves)
    rooms = sorted({each.room for each in moves if each.room})
    names = {each.id: each.name for each in rooms_stay(unit, conference, rooms=rooms)}
    for move in moves:
        session = session_of(unit, move.session)
        if move.starts is None:
            changed = drafting.called_off(session, reason=reason, by=by, now=unit.now)
        else:
            changed = drafting.moved(
                session,
                room=move.room,
                room_name=names[move.room],
                starts=move.starts,
                zone=zone,
                by=by,
                now=unit.now,
            )
        unit.save(SESSIONS, Change(changed))


def draft_digest(unit: Unit, conference: str) -> str:
    """By which it is seen whether the draft is still the one that the solver was asked about."""
    draft = draft_of(unit, conference)
    return digest(draft, last_of(unit, draft))


def search_of(unit: Unit, conference: str, id_: str) -> Search:
    """The search; raises `SearchUnknown`."""
    search = unit.load(SEARCHES, id_)
    if search is None or search.conference != conference:
        raise SearchUnknown("There is no search under this address. Nothing was changed.")
    return search


def _must_be_of_this_programme(unit: Unit, conference: str, incident: Incident) -> None:
    programme = programme_of(unit, conference)
    rooms, times = {each.id for each in programme.rooms}, {each.id for each in programme.times}
    for room, day in incident.rooms_lost:
        _refuse_unless(
            room in rooms, "rooms_lost", f"The programme has no room {room} that could be lost on {_on(day)}."
        )
    for each in incident.times_lost:
        _refuse_unless(each in times, "times_lost", f"The programme has no time {each} that could be lost.")
    cast = set(unit.of(SESSIONS).distinct("cast.person", {"conference": conference}, session=unit.session))
    for person, day in incident.speakers_away:
        detail = f"{person} speaks in no session of this conference, and can't be missed on {_on(day)}."
        _refuse_unless(person in cast, "speakers_away", detail)


def _refuse_unless(is_known: bool, field: str, detail: str) -> None:
    if not is_known:
        raise IncidentMakesNoSense(f"{detail} Nothing was asked.", errors={"json": {field: [detail]}})


def _on(day: date) -> str:
    return f"{day:%-d %B %Y}"
