"""The part of a page that says what a decision would do, before its button; and the button that asks for it."""

from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from services.scheduling.conferences.store import conference_of
from services.scheduling.previews import commands, schemas, store
from services.scheduling.previews.domain.preview import Kind
from services.scheduling.previews.domain.showing import Shown
from shared.auth import desk
from shared.clock import host_now
from shared.ids import new_event_id
from shared.mongo import Database
from shared.names import Names
from shared.principals import Action
from shared.problem import Invalid, Refusal
from shared.web import links
from shared.web.current import database, settings
from shared.web.forms import once, read

blueprint = Blueprint("previews", __name__, url_prefix="/scheduling")


def preview_context(whole: Database, conference: str, *, decision: str = "") -> dict[str, Any]:
    """What `previews/consequences.html` shows: the newest preview of a decision, if anybody has asked for one."""
    newest = store.newest(whole, decision or commands.undecided(conference, Kind.CANCEL))
    key = {"preview_key": new_event_id()}
    if newest is None:
        return {"shown": None, **key}
    shown = Shown(newest)
    return {
        **key,
        "shown": shown,
        "preview_asked_by": Names(whole).words(newest.asked_by) if newest.asked_by else "",
        "preview_is_late": newest.is_late(host_now()),
        "samples": f"{settings().urls['notifications']}/notifications/desk/previews/{newest.id}",
        "places": {id_: _place_of(id_, conference) for _, odd in shown.oddities for id_ in odd.ids},
    }


def _place_of(id_: str, conference: str) -> str:
    """Where a person looks at what an id stands for, at the desk of the service whose it is; empty for none."""
    urls = settings().urls
    match id_.partition("_")[0]:
        case "ord":
            return f"{urls['payments']}/payments/desk/orders/{id_}"
        case "reg":
            return f"{urls['registration']}/registration/desk/conferences/{conference}/registrations/{id_}"
        case "per":
            return links.person(settings(), id_)
        case _:
            return ""


@blueprint.post("/desk/conferences/<conference>/previews")
@desk(Action.FORESEE_CANCELLATIONS)
def ask_preview(conference: str) -> Response:
    """Ask every service what a cancellation would do, with the words as far as they are written."""
    typed = {
        name: request.form[name] for name in ("choose_by", "reason", "decision") if request.form.get(name, "").strip()
    }
    shown_on = "previews.show_preview" if request.form.get("page") == "preview" else "pages.cancel_conference"
    back = redirect(url_for(shown_on, conference=conference), 303)
    try:
        asked = read(schemas.PreviewForm(), typed, not_done="Nothing was worked out.")
        once(commands.ask_preview, answer=_short, conference=conference, **asked)
    except Invalid as refusal:
        told = [each for said in refusal.facts.get("errors", {}).get("form", {}).values() for each in said]
        flash(" ".join(map(str, told)) or refusal.detail)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        flash(refusal.detail)
    return cast(Response, back)


@blueprint.get("/desk/conferences/<conference>/previews")
@desk(Action.FORESEE_CANCELLATIONS)
def show_preview(conference: str) -> str:
    """What a cancellation would do, as far as it is worked out: a page of its own, and what a page reads again."""
    found = conference_of(database(), conference)
    return render_template("previews/preview.html", conference=found, **preview_context(database(), conference))


def _short(made: Any) -> dict[str, str]:
    return {"id": made.id}
