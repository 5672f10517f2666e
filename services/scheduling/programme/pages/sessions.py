"""One session of the draft as a page with a form for everything that may be done to it, and the form of a new one."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, request

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.domain import session_form
from services.scheduling.programme.domain.conflict_rules import Conflict
from services.scheduling.programme.domain.programme import Editorial, Kind, Session
from services.scheduling.programme.domain.session_form import Unreadable
from services.scheduling.programme.domain.wording import hour_in_words, time_in_words
from services.scheduling.programme.pages.forms import entered, once_by_editor, page, read, refused, see, wrong
from services.scheduling.programme.schemas import requests as schemas
from services.scheduling.programme.store import asked
from services.scheduling.programme.store import programme as store
from services.scheduling.programme.store.board import day_of, days_of
from services.scheduling.programme.store.draft import Kept
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database
from shared.web.forms import Form, version_seen

BLANK_ROWS = 2  # in the form of the cast, for people to be added
ROLES = ("speaker", "moderator", "panelist")
NEW: Mapping[str, str] = {"kind": "concurrent", "minutes": "75", "language": "en", "editorial": "confirmed"}

blueprint = Blueprint("session_pages", __name__, url_prefix="/scheduling/desk/conferences/<conference>/programme")


@blueprint.route("/sessions/new", methods=["GET", "POST"])
@desk(Action.EDIT_PROGRAMME)
def create_session(conference: str) -> Response:
    """The form of a new session, which has no place at first."""
    known = conference_of(database(), conference)
    if request.method == "GET":
        return _new(known, Form(values=NEW))
    values = entered()
    try:
        shape = _shape(known, values, whole=values)
        made = once_by_editor(
            commands.create_session,
            answer=_named,
            conference=conference,
            fields=read(schemas.NewSession, {each: value for each, value in shape.items() if value != ""}),
        )
    except Refusal as refusal:
        return _new(known, refused(refusal), status=refusal.status)
    flash(f"{made['code']} is in the draft. It has no place yet.")
    return see("session_pages.show_session", conference=conference, session=made["id"], anchor="move")


@blueprint.get("/sessions/<session>")
@desk(Action.SEE_PROGRAMME)
def show_session(conference: str, session: str) -> Response:
    """One session: where it is, what is said of it, who is on its stage."""
    return _session(conference, session, {})


@blueprint.post("/sessions/<session>/edit")
@desk(Action.EDIT_PROGRAMME)
def edit_session(conference: str, session: str) -> Response:
    """Change what is said of it; what others wrote meanwhile is shown beside what was typed."""
    known, kept, values = conference_of(database(), conference), asked.session_of(conference, session), entered()
    typed = session_form.changed(values, was=session_form.carried(values.get("was", "")))
    try:
        changes = read(schemas.SessionChanges, _shape(known, typed, whole=values), partial=True)
        once_by_editor(commands.edit_session, session=session, changes=changes, seen=version_seen())
    except Refusal as refusal:
        if refusal.status != 412:
            form = refused(refusal)
        else:
            kept = asked.session_of(conference, session)
            now, others = session_form.merged(_values(known, kept.session), typed)
            form = Form(values=now, refusal=refusal.detail, now=others)
        return _session(conference, session, {"edit": form}, status=refusal.status)
    flash(f"{kept.session.code} is changed." if typed else f"Nothing was changed in {kept.session.code}.")
    return see("session_pages.show_session", conference=conference, session=session)


@blueprint.post("/sessions/<session>/move")
@desk(Action.EDIT_PROGRAMME)
def move_session(conference: str, session: str) -> Response:
    """Give it a room and a time, or only say what would be wrong with them."""
    known, kept, values = conference_of(database(), conference), asked.session_of(conference, session), entered()
    try:
        starts = session_form.starts_of(values.get("day", ""), values.get("time", ""), zone=known.zone)
        place = read(schemas.PlaceShape, {"room": values.get("room", ""), "starts": starts})
        if values.get("try"):
            found = asked.drafted(conference).conflicts_at(kept.session, **place)
            return _session(conference, session, {"move": Form(values=values)}, tried=found)
        once_by_editor(commands.place_session, session=session, seen=version_seen(), **place)
    except Unreadable as fault:
        form = Form(values=values, errors={fault.field: str(fault)})
        return _session(conference, session, {"move": form}, status=422)
    except Refusal as refusal:
        return _session(conference, session, {"move": refused(refusal)}, status=refusal.status)
    flash(f"{kept.session.code} is on {time_in_words(place['starts'], zone=known.zone)}.")
    return _to_board(conference, session)


@blueprint.post("/sessions/<session>/unplace")
@desk(Action.EDIT_PROGRAMME)
def unplace_session(conference: str, session: str) -> Response:
    """Take its place away."""
    return _act(conference, session, "move", commands.unplace_session, told="{code} has no place any more.")


@blueprint.post("/sessions/<session>/swap")
@desk(Action.EDIT_PROGRAMME)
def swap_sessions(conference: str, session: str) -> Response:
    """Let it change places with another one, as both were seen."""
    other, _, version = request.form.get("other", "").partition(":")
    if not version.isdecimal() or len(version) > 9:
        form = Form(values=entered(), errors={"other": "Pick the other session, please."})
        return _session(conference, session, {"swap": form}, status=422)
    asked.session_of(conference, other)
    told = "{code} has changed places."
    return _act(conference, session, "swap", commands.swap_sessions, told=told, other=other, other_seen=int(version))


@blueprint.post("/sessions/<session>/pin")
@desk(Action.EDIT_PROGRAMME)
def pin_session(conference: str, session: str) -> Response:
    """Fix it where it is, or let it be moved again."""
    is_pinned = request.form.get("is_pinned") == "yes"
    told = "{code} stays where it is until somebody unpins it." if is_pinned else "{code} may be moved again."
    return _act(conference, session, "move", commands.pin_session, told=told, is_pinned=is_pinned)


@blueprint.post("/sessions/<session>/cast")
@desk(Action.EDIT_PROGRAMME)
def set_cast(conference: str, session: str) -> Response:
    """Say who is on its stage, in this order."""
    values = entered()
    rows = sorted({int(name[7:]) for name in values if name.startswith("person-") and name[7:].isdecimal()})
    cast = [
        {
            "person": values[f"person-{each}"],
            "role": values.get(f"role-{each}", "speaker"),
            "is_confirmed": values.get(f"confirmed-{each}") == "yes",
        }
        for each in rows
        if values.get(f"person-{each}")
    ]
    try:
        parts = read(schemas.CastShape, {"cast": cast})["cast"]
    except Refusal:
        form = Form(values=values, refusal="The form was not complete. Nobody was put on or taken off; try again.")
        return _session(conference, session, {"cast": form}, status=422)
    return _act(conference, session, "cast", commands.set_cast, told="{code} has its speakers.", cast=tuple(parts))


@blueprint.post("/sessions/<session>/cancel")
@desk(Action.EDIT_PROGRAMME)
def cancel_session(conference: str, session: str) -> Response:
    """Cancel it in the draft; nobody is told before the next release."""
    values = entered()
    try:
        reason = read(schemas.ReasonShape, {"reason": values.get("reason", "")})["reason"]
    except Refusal as refusal:
        return _session(conference, session, {"cancel": refused(refusal)}, status=refusal.status)
    told = "{code} is cancelled in the draft. Nobody is told before you release it."
    return _act(conference, session, "cancel", commands.cancel_session, told=told, reason=reason)


@blueprint.post("/sessions/<session>/reinstate")
@desk(Action.EDIT_PROGRAMME)
def reinstate_session(conference: str, session: str) -> Response:
    """Take the cancellation back."""
    return _act(conference, session, "cancel", commands.reinstate_session, told="{code} takes place after all.")


def _act(
    conference: str, session: str, which: str, command: Callable[..., Any], *, told: str, **arguments: Any
) -> Response:
    """Do something to the session as it was seen, and go where that can be seen."""
    kept = asked.session_of(conference, session)
    try:
        once_by_editor(command, session=session, seen=version_seen(), **arguments)
    except Refusal as refusal:
        return _session(conference, session, {which: refused(refusal)}, status=refusal.status)
    flash(told.format(code=kept.session.code))
    if command in (commands.unplace_session, commands.swap_sessions):
        return _to_board(conference, session)
    return see("session_pages.show_session", conference=conference, session=session)


def _to_board(conference: str, session: str) -> Response:
    known, slot = conference_of(database(), conference), asked.session_of(conference, session).session.slot
    day = day_of(slot.starts, zone=known.zone).isoformat() if slot else request.form.get("from_day")
    return see("draft_pages.show_draft", conference=conference, day=day, anchor=f"s-{session}")


# what is shown


def _new(conference: Conference, form: Form, *, status: int = 200) -> Response:
    draft_programme = store.programme(database(), conference.id)
    return page("new_session", status=status, conference=conference, programme=draft_programme, form=form, **_choices())


def _session(
    conference: str,
    session: str,
    forms: Mapping[str, Form],
    *,
    status: int = 200,
    tried: tuple[Conflict, ...] | None = None,
) -> Response:
    known, kept, draft = (
        conference_of(database(), conference),
        asked.session_of(conference, session),
        asked.drafted(conference),
    )
    days = days_of(draft, first=known.starts, last=known.ends)
    current = _values(known, kept.session)
    return page(
        "session",
        status=status,
        conference=known,
        programme=draft.programme,
        session=kept.session,
        version=kept.version,
        edit=forms.get("edit") or Form(values=current),
        was=session_form.kept(current),
        move=forms.get("move") or Form(values=_place(kept.session, zone=known.zone, days=days)),
        swap=forms.get("swap") or Form(),
        cast=forms.get("cast") or Form(values=_parts(kept.session)),
        cancel=forms.get("cancel") or Form(values={"reason": kept.session.cancel_reason}),
        day=day_of(kept.session.slot.starts, zone=known.zone) if kept.session.slot else None,
        days=days,
        clocks=sorted({session_form.clock_of(each.starts, zone=known.zone) for each in draft.programme.times}),
        conflicts=[each for each in draft.conflicts() if session in each.sessions],
        tried=tried,
        others=[(each, draft.versions[each.id]) for each in draft.sessions if each.id != session],
        speakers=[each for each, _ in store.speakers_of(database(), conference)],
        row_count=len(kept.session.cast) + BLANK_ROWS,
        fresh=Form,
        hour=lambda instant: hour_in_words(instant, zone=known.zone),
        when=lambda instant: time_in_words(instant, zone=known.zone),
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    return {"kinds": list(Kind), "states": list(Editorial), "roles": ROLES}


def _named(kept: Kept) -> dict[str, str]:
    return {"id": kept.session.id, "code": kept.session.code}


def _shape(conference: Conference, values: Mapping[str, str], *, whole: Mapping[str, str]) -> dict[str, Any]:
    ids = {each.code.casefold(): each.id for each in store.sessions(database(), conference.id)}
    given = {name: text.strip() for name, text in values.items() if name in session_form.FIELDS}
    try:
        return session_form.shape_of(given, whole=whole, ids=ids, currency=conference.currency)
    except Unreadable as fault:
        raise wrong({fault.field: str(fault)}) from None


def _values(conference: Conference, session: Session) -> dict[str, str]:
    codes = session_form.codes_of(store.sessions(database(), conference.id))
    return session_form.values_of(session, codes=codes, currency=conference.currency)


def _place(session: Session, *, zone: str, days: list[date]) -> dict[str, str]:
    slot = session.slot
    if slot is None:
        return {"day": request.args.get("day", days[0].isoformat())}
    return {
        "room": slot.room,
        "day": day_of(slot.starts, zone=zone).isoformat(),
        "time": session_form.clock_of(slot.starts, zone=zone),
    }


def _parts(session: Session) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, each in enumerate(session.cast):
        values |= {f"person-{number}": each.person, f"role-{number}": each.role}
        values |= {f"confirmed-{number}": "yes"} if each.is_confirmed else {}
    return values
