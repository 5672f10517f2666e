"""The page of a programme's frame: its rooms, tracks and usual times, and how much each conflict weighs."""

from flask import Blueprint, Response, flash, request

from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.pages import frame_form
from services.scheduling.programme.pages.forms import entered, once_by_editor, page, read, refused, see, wrong
from services.scheduling.programme.schemas import frame as frame_schemas
from services.scheduling.programme.store import asked
from services.scheduling.programme.store.board import days_of
from services.scheduling.programme.store.programme import Draft
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database
from shared.web.forms import Form, version_seen

blueprint = Blueprint("frame_pages", __name__, url_prefix="/scheduling/desk/conferences/<conference>/programme")


@blueprint.route("/frame", methods=["GET", "POST"])
@desk(Action.EDIT_PROGRAMME)
def edit_frame(conference: str) -> Response:
    """All of the frame in one form; a room or track that sessions use can't be taken out."""
    known, draft = conference_of(database(), conference), asked.drafted(conference)
    days = days_of(draft, first=known.starts, last=known.ends)
    if request.method == "GET":
        values = frame_form.values_of(draft.programme, days=days, zone=known.zone)
        return _page(conference, draft, Form(values=values))
    values = entered()
    shape, errors = frame_form.shape_of(values, draft.programme, days=days, zone=known.zone)
    try:
        if errors:
            raise wrong(errors)
        frame = read(frame_schemas.FrameShape, shape)
        once_by_editor(commands.set_programme, conference=conference, asked=frame, seen=version_seen())
    except Refusal as refusal:
        return _page(conference, asked.drafted(conference), refused(refusal), status=refusal.status)
    flash("The rooms, tracks, times and rules are saved.")
    return see("draft_pages.show_draft", conference=conference)


def _page(conference: str, draft: Draft, form: Form, *, status: int = 200) -> Response:
    known = conference_of(database(), conference)
    room_count, track_count = frame_form.row_counts(form.values)
    return page(
        "frame",
        status=status,
        conference=known,
        programme=draft.programme,
        days=days_of(draft, first=known.starts, last=known.ends),
        form=form,
        room_count=room_count,
        track_count=track_count,
        rules={rule.value: words for rule, words in frame_form.RULES.items()},
    )
