"""The repair desk: say what happened, watch the search, compare proposals, see whom one hits, take it into the draft.

Everything works without JavaScript; with it, a search's page keeps itself fresh.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.scheduling.agendas.store import agendas
from services.scheduling.call.store import open_withdrawals
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.programme import Session, SessionUnknown, Slot
from services.scheduling.programme.domain.wording import hour_in_words, time_in_words
from services.scheduling.programme.store import programme
from services.scheduling.releases.domain.forecast import Preview
from services.scheduling.repair import store
from services.scheduling.repair.commands import foresight
from services.scheduling.repair.commands import repair as commands
from services.scheduling.repair.domain.congress import Incident, Move
from services.scheduling.repair.domain.repair import (
    BUDGET_SECONDS_DEFAULT,
    DraftMovedOn,
    IncidentMakesNoSense,
    Search,
    State,
    Task,
)
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database, principal
from shared.web.forms import Form, entered, once, refused
from shared.web.words import day_in_words

ROW_COUNT = 3  # rooms and speakers that one form can lose; more is told in two
TITLES: Mapping[Task, str] = {
    Task.REPAIR: "Least repair",
    Task.FEWER_CLASHES: "Fewer clashes",
    Task.FIRST_PLAN: "First plan",
    Task.WHY_NOT: "Can it be repaired?",
}

blueprint = Blueprint("repairs", __name__, url_prefix="/scheduling/desk/conferences/<conference>/repairs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One move of a proposal in words: what it is about, where it is, where it would be."""

    session: Session
    before: str
    after: str
    is_cancellation: bool


@blueprint.get("")
@desk(Action.SEE_PROGRAMME)
def show_repairs(conference: str) -> Response:
    """What happened? And what was proposed so far, side by side."""
    return _page(conference, Form())


@blueprint.post("")
@desk(Action.EDIT_PROGRAMME)
def ask(conference: str) -> Response:
    """Ask the solver about what was filled in."""
    known = conference_of(database(), conference)
    task = Task(request.form["task"]) if request.form.get("task") in tuple(Task) else Task.REPAIR
    try:
        is_about_incident = task in (Task.REPAIR, Task.WHY_NOT)
        incident = _incident() if is_about_incident else Incident()
        if is_about_incident and incident == Incident(may_cancel=incident.may_cancel):
            said = "Say first what happened: a room, a speaker or a time. Nothing was asked."
            return _page(conference, entered(refusal=said), 422)
        made = once(
            commands.ask_solver,
            answer=lambda search: {"id": search.id},
            conference=known.id,
            task=task,
            incident=incident,
            budget_seconds=BUDGET_SECONDS_DEFAULT,
            seed=1,
            by=principal().words,
        )
    except Refusal as refusal:
        return _page(conference, refused(refusal), refusal.status)
    return _see("repairs.show_search", conference=conference, search=made["id"])


@blueprint.get("/<search>")
@desk(Action.SEE_PROGRAMME)
def show_search(conference: str, search: str) -> Response:
    """How far the solver is, and then what it proposes and whom that hits."""
    return _search_page(conference, search, Form())


@blueprint.post("/<search>/cancel")
@desk(Action.EDIT_PROGRAMME)
def cancel(conference: str, search: str) -> Response:
    """Stop looking."""
    try:
        once(commands.cancel_search, conference=conference, search=search)
    except Refusal as refusal:
        return _search_page(conference, search, refused(refusal), refusal.status)
    flash("The search was stopped. Nothing was changed.")
    return _see("repairs.show_repairs", conference=conference)


@blueprint.post("/<search>/take")
@desk(Action.EDIT_PROGRAMME)
def take(conference: str, search: str) -> Response:
    """Take the proposal into the draft."""
    reason = request.form.get("reason", "").strip()[:500]
    found = store.search(database(), conference, search)
    if any(each.is_cancellation for each in found.moves) and not reason:
        said = "Say why the sessions are cancelled; everyone reads it. Nothing was changed."
        return _search_page(conference, search, entered(refusal=said), 422)
    try:
        once(commands.take_proposal, conference=conference, search=search, reason=reason, by=principal().words)
    except Refusal as refusal:
        return _search_page(conference, search, refused(refusal), refusal.status)
    flash("The proposal is in the draft. Nobody has been told: that happens with the next release.")
    return _see("repairs.show_search", conference=conference, search=search)


@blueprint.get("/sessions/<session>")
@desk(Action.SEE_PROGRAMME)
def show_choices(conference: str, session: str) -> Response:
    """A session that can't stay as it is: replace its speaker, swap it, or cancel it, each with what would follow."""
    known = conference_of(database(), conference)
    found = {each.id: each for each in programme.sessions(database(), conference)}
    if session not in found:
        raise SessionUnknown("There is no session under this address.")
    this, other = found[session], found.get(request.args.get("with", ""))
    roster = agendas.rosters_of(database(), [session]).get(session)
    context = {
        "session": this,
        "place": _place(this.slot, known),
        "others": [each for each in found.values() if each.is_in_programme and each.id != session],
        "other": other,
        "star_count": agendas.star_counts(database(), conference).get(session, 0),
        "seat_count": len(roster.held) if roster else 0,
        "cancelled": _foreseen(lambda: _of_cancelling(conference, session)),
        "swapped": _foreseen(lambda: foresight.of_swap(database(), conference, session, other.id)) if other else None,
    }
    return _rendered("choices", known, Form(), 200, **context)


def _of_cancelling(conference: str, session: str) -> Preview:
    return foresight.of_moves(database(), conference, [Move(session=session)])


def _foreseen(work_out: Callable[[], Preview]) -> Preview | str:
    """What would follow, or why that can't be."""
    try:
        return work_out()
    except Refusal as refusal:
        return refusal.detail


# showing


def _page(conference: str, form: Form, status: int = 200) -> Response:
    known = conference_of(database(), conference)
    draft = programme.programme(database(), conference)
    sessions = programme.sessions(database(), conference)
    left = {each.session for each in open_withdrawals(database(), conference)}
    persons = sorted({person for each in sessions for person in each.speakers})
    speakers = sorted(programme.speakers(database(), persons).values(), key=lambda each: each.name)
    return _rendered(
        "desk",
        known,
        form,
        status,
        rooms=draft.rooms,
        speakers=speakers,
        days=_days(known),
        times=[(each.id, time_in_words(each.starts, zone=known.zone)) for each in draft.times],
        rows=range(ROW_COUNT),
        left=[each for each in sessions if each.id in left],
        unplaced_count=sum(each.slot is None and not each.is_cancelled for each in sessions),
        searches=store.searches(database(), conference),
    )


def _search_page(conference: str, search: str, form: Form, status: int = 200) -> Response:
    known, found = conference_of(database(), conference), store.search(database(), conference, search)
    foreseen, has_moved_on = None, False
    if found.state is State.FOUND:
        try:
            foreseen = foresight.of_proposal(database(), found)
        except DraftMovedOn:
            has_moved_on = True
        except Refusal as refusal:
            form = form if form.refusal else refused(refusal)
    sessions = {each.id: each for each in programme.sessions(database(), conference)}
    return _rendered(
        "search",
        known,
        form,
        status,
        search=found,
        told=_told(found, sessions, known),
        by_hand=[sessions[each] for each in found.by_hand if each in sessions],
        was_so=[(each, [sessions[id_] for id_ in each.sessions if id_ in sessions]) for each in found.was_so],
        foreseen=foreseen,
        has_moved_on=has_moved_on,
        incident=_in_words(found, known),
    )


def _told(search: Search, sessions: Mapping[str, Session], conference: Conference) -> list[Told]:
    """What the proposal changes; the time changes first, then rooms, then what is cancelled."""
    rooms = {each.id: each.name for each in programme.programme(database(), conference.id).rooms}

    def words(move: Move) -> Told:
        session = sessions[move.session]
        after = Slot(room=move.room, starts=move.starts, ends=move.starts) if move.starts else None
        return Told(
            session=session,
            before=_place(session.slot, conference, rooms) if search.state is not State.TAKEN else "",
            after=_place(after, conference, rooms),
            is_cancellation=move.is_cancellation,
        )

    return sorted(
        (words(each) for each in search.moves if each.session in sessions),
        key=lambda told: (told.is_cancellation, told.session.code),
    )


def _place(slot: Slot | None, conference: Conference, rooms: Mapping[str, str] | None = None) -> str:
    if slot is None:
        return "no place"
    known = rooms or {each.id: each.name for each in programme.programme(database(), conference.id).rooms}
    return f"{time_in_words(slot.starts, zone=conference.zone)}, {known.get(slot.room, slot.room)}"


def _in_words(search: Search, conference: Conference) -> list[str]:
    """What happened, a sentence each."""
    draft, incident = programme.programme(database(), conference.id), search.incident
    rooms = {each.id: each.name for each in draft.rooms}
    people = programme.speakers(database(), [person for person, _ in incident.speakers_away])
    times = {each.id: each for each in draft.times}
    return [
        *(f"{rooms.get(room, room)} is lost on {day_in_words(day)}." for room, day in incident.rooms_lost),
        *(
            f"{people[person].name if person in people else person} is away on {day_in_words(day)}."
            for person, day in incident.speakers_away
        ),
        *(
            f"{time_in_words(times[each].starts, zone=conference.zone)} to "
            f"{hour_in_words(times[each].ends, zone=conference.zone)} is lost."
            for each in incident.times_lost
            if each in times
        ),
        *(["Sessions may be cancelled."] if incident.may_cancel else []),
    ]


def _rendered(template: str, conference: Conference, form: Form, status: int, **context: Any) -> Response:
    page = render_template(
        f"repair/{template}.html",
        conference=conference,
        form=form,
        titles=TITLES,
        zone=ZoneInfo(conference.zone),
        **context,
    )
    return make_response(page, status)


# reading a form


def _incident() -> Incident:
    form = request.form
    return Incident(
        rooms_lost=tuple(_lost("room")),
        speakers_away=tuple(_lost("speaker")),
        times_lost=tuple(form.getlist("times_lost")[:500]),
        may_cancel=form.get("may_cancel") == "yes",
    )


def _lost(kind: str) -> list[tuple[str, date]]:
    found = []
    for row in range(ROW_COUNT):
        name, day = request.form.get(f"{kind}_{row}", ""), request.form.get(f"{kind}_day_{row}", "")
        if name:
            found.append((name, _day(day)))
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise IncidentMakesNoSense("Say on which day it is. Nothing was asked.") from None


def _days(conference: Conference) -> list[date]:
    count = (conference.ends - conference.starts).days + 1
    return [conference.starts + timedelta(days=each) for each in range(count)]


def _see(endpoint: str, **values: Any) -> Response:
    return cast(Response, redirect(url_for(endpoint, **values), 303))
