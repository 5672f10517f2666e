"""The committee's page of the draft: a day at a time, what has no place yet beside it, and conflicts in words.

Every move has a plain form (`session_pages`); the script on top of it moves by drag and drop and by arrow keys.
"""

from datetime import date

from flask import Blueprint, Response, render_template, request

from services.scheduling.conferences.domain.conference import Conference, day_in
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.programme import Level
from services.scheduling.programme.domain.wording import hour_in_words
from services.scheduling.programme.store import asked
from services.scheduling.programme.store.board import Board, board, days_of
from services.scheduling.programme.store.programme import Draft
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database

WARNINGS_SHOWN = 20  # beside the grid; the rest can be opened

blueprint = Blueprint("draft_pages", __name__, url_prefix="/scheduling/desk/conferences/<conference>/programme")


@blueprint.get("")
@desk(Action.SEE_PROGRAMME)
def show_draft(conference: str) -> Response | str:
    """One day of the draft; `part=board` is the part of the page that a change makes another."""
    known, draft = conference_of(database(), conference), asked.drafted(conference)
    shown = board(draft, day=_day(known, draft), first=known.starts, last=known.ends)
    template = "board" if request.args.get("part") == "board" else "draft"
    return render_template(f"programme/{template}.html", **_context(known, draft, shown))


def _day(conference: Conference, draft: Draft) -> date:
    """The day asked for, today while the conference runs, or the first one."""
    days = days_of(draft, first=conference.starts, last=conference.ends)
    today = day_in(conference.zone, database().clock.now()).isoformat()
    for wanted in (request.args.get("day", ""), today):
        found = next((each for each in days if each.isoformat() == wanted), None)
        if found:
            return found
    return next((each for each in days if each >= conference.starts), days[0])


def _context(conference: Conference, draft: Draft, shown: Board) -> dict[str, object]:
    return {
        "conference": conference,
        "programme": draft.programme,
        "board": shown,
        "by_id": {each.id: each for each in draft.sessions},
        "blocking_here": shown.of_level(Level.BLOCK, here=True),
        "blocking_elsewhere": shown.of_level(Level.BLOCK, here=False),
        "warning_here": shown.of_level(Level.WARN, here=True),
        "warning_elsewhere": shown.of_level(Level.WARN, here=False),
        "warnings_shown": WARNINGS_SHOWN,
        "hour": lambda instant: hour_in_words(instant, zone=conference.zone),
        "is_first": not draft.programme.rooms or not draft.sessions,
    }
