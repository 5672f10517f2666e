"""The committee's desk: its conferences, the forms that draft and change them, and the decision to cancel one.

The same commands as the API behind forms: post, redirect, get. What was refused comes back beside its field, with
everything that was entered. The live board of a decision is in `live`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from marshmallow import Schema

from services.scheduling.conferences import schemas, store
from services.scheduling.conferences.domain.conference import CHOICE_DAYS_DEFAULT, Conference, ConferenceUnknown, day_in
from services.scheduling.conferences.domain.zones import offered_zones
from services.scheduling.conferences.store import CONFERENCES, conference_of
from services.scheduling.decisions.commands import conferences as commands
from services.scheduling.decisions.pages.deciding import STATES
from services.scheduling.decisions.pages.waiting import waiting_for_me
from services.scheduling.decisions.schemas import cancelling as decision_schemas
from services.scheduling.decisions.store import decisions as decision_store
from services.scheduling.previews.pages import preview_context
from shared.associations import FIRST
from shared.auth import desk
from shared.described import association_called
from shared.principals import Action
from shared.problem import Refusal
from shared.web import links
from shared.web.acts import last_act
from shared.web.current import business_now, database, may, principal, settings
from shared.web.forms import Form, once, read, refused, version_seen

CURRENCIES = ("USD", "CAD", "EUR", "GBP", "JPY")  # offered first; any other may be written

blueprint = Blueprint("pages", __name__, url_prefix="/scheduling")


@blueprint.get("/desk")
@desk(Action.SEE_CONFERENCES)
def show_desk() -> str:
    """The committee's conferences, each with its state and what can be done next."""
    conferences = sorted(store.conferences(database(), drafts=store.EVERY), key=lambda each: each.starts, reverse=True)
    counts = {each.id: decision_store.stakes(database(), each.id).whole.registration_count for each in conferences}
    waiting = waiting_for_me(conferences)
    return render_template(
        "decisions/desk.html", conferences=conferences, counts=counts, waiting=waiting, may_at=may, now=business_now()
    )


@blueprint.route("/desk/conferences/new", methods=["GET", "POST"])
@desk(Action.BEGIN_CONFERENCES)
def create_conference() -> Response:
    """The form for a new conference."""
    if request.method == "GET":
        currency = association_called(database(), principal().association or FIRST).currency or CURRENCIES[0]
        return _page("decisions/new.html", Form(values={"zone": "America/Chicago", "currency": currency}), **_choices())

    def create(asked: dict[str, Any]) -> Response:
        association = principal().association or FIRST
        made = once(commands.create_conference, answer=_short, association=association, **asked)
        flash(f"{made['title']} is drafted. Only this desk sees it until you announce it.")
        return _see("pages.show_desk_conference", conference=made["id"])

    return _submitted(schemas.NewConference, create, template="decisions/new.html", **_choices())


@blueprint.route("/desk/conferences/<conference>/edit", methods=["GET", "POST"])
@desk(Action.EDIT_CONFERENCES)
def edit_conference(conference: str) -> Response:
    """The form that changes a draft, or says an announced conference in other words."""
    found = store.conference_with_version(database(), conference)
    if found is None:
        raise ConferenceUnknown("There is no conference under this address.")
    known, version = found
    context = {"conference": known, "version": version, **_choices()}
    template = "decisions/words.html" if known.is_public else "decisions/new.html"
    if request.method == "GET":
        return _page(template, Form(values=_values(known) | {"seen": str(version)}), **context)

    def change(asked: dict[str, Any]) -> Response:
        agreed = asked.pop("agreed", "")
        made = once(
            commands.edit_conference,
            answer=_short,
            conference=conference,
            changes=schemas.renamed(asked),
            seen=version_seen(),
            agreed=agreed,
        )
        flash(f"{made['title']} is changed.")
        return _see("pages.show_desk_conference", conference=conference)

    is_in_words = known.is_public and "starts" not in request.form  # else the draft's form, opened before
    return _submitted(
        schemas.WordsForm if is_in_words else schemas.ConferenceForm, change, template=template, **context
    )


def _values(conference: Conference) -> dict[str, str]:
    names = ("title", "key", "city", "venue", "text", "zone", "currency", "starts", "ends")
    return {name: str(getattr(conference, name)) for name in names}


def _choices() -> dict[str, Any]:
    return {"zones": offered_zones(), "currencies": CURRENCIES}


@blueprint.get("/desk/conferences/<conference>")
@desk(Action.SEE_CONFERENCES)
def show_desk_conference(conference: str) -> Response:
    """One conference at the desk: its state, what is booked, and the next action."""
    return _desk_conference(conference, Form())


@blueprint.post("/desk/conferences/<conference>/announce")
@desk(Action.EDIT_CONFERENCES)
def announce_conference(conference: str) -> Response:
    """Make a draft public."""
    return _act(commands.announce_conference, conference, told="{title} is announced. Everyone can see its page now.")


@blueprint.post("/desk/conferences/<conference>/open")
@desk(Action.EDIT_CONFERENCES)
def open_registration(conference: str) -> Response:
    """Let people register."""
    return _act(commands.open_registration, conference, told="Registration for {title} is open.")


def _act(command: Callable[..., Any], conference: str, *, told: str) -> Response:
    try:
        made = once(command, answer=_short, conference=conference)
    except Refusal as refusal:
        return _desk_conference(conference, refused(refusal), status=refusal.status)
    flash(told.format(title=made["title"]))
    return _see("pages.show_desk_conference", conference=conference)


def _desk_conference(id_: str, form: Form, *, status: int = 200) -> Response:
    return _page("decisions/desk_conference.html", form, status=status, **_at_stake(id_))


def _at_stake(id_: str) -> dict[str, Any]:
    conference = conference_of(database(), id_)
    stakes = decision_store.stakes(database(), id_)
    return {
        "conference": conference,
        "last_act": last_act(CONFERENCES, id_),
        "stakes": stakes,
        "decisions": decision_store.decisions_about(database(), id_),
        "states": STATES,
        "waiting": waiting_for_me([conference])[conference.id],
        "may_here": partial(may, conference=id_),
        "preview": decision_schemas.preview_json(conference, stakes),
        "now": business_now(),
        "register": links.register(settings(), id_),
        "public_page": links.conference(settings(), id_),
    }


@blueprint.route("/desk/conferences/<conference>/cancel", methods=["GET", "POST"])
@desk(Action.CANCEL_CONFERENCES)
def cancel_conference(conference: str) -> Response:
    """What a cancellation will do, and the form that decides it."""
    context = _at_stake(conference)
    if context["conference"].is_cancelled and request.method == "GET":
        return _see("live.show_board", run=context["conference"].cancellation.run)
    context["today"] = day_in(context["conference"].zone, business_now())
    context |= preview_context(database(), conference)
    if request.method == "GET":
        return _page("decisions/cancel.html", Form(values=_as_previewed(context)), **context)

    def cancel(asked: dict[str, Any]) -> Response:
        del asked["confirmed"]
        made = once(commands.cancel_conference, answer=_short, conference=conference, **asked)
        return _see("live.show_board", run=made["id"])

    return _submitted(decision_schemas.CancelForm, cancel, template="decisions/cancel.html", **context)


def _as_previewed(context: dict[str, Any]) -> dict[str, str]:
    """What the form begins with: what was typed when it was previewed, else three weeks for choosing."""
    in_three_weeks: date = context["today"] + timedelta(days=CHOICE_DAYS_DEFAULT)
    if context["shown"] is None:
        return {"choose_by": in_three_weeks.isoformat()}
    previewed = context["shown"].preview
    choose_by = previewed.choose_by or in_three_weeks
    return {"choose_by": choose_by.isoformat(), "reason": previewed.reason, "decision": previewed.decision_text}


# forms


def _submitted(
    schema: type[Schema], act: Callable[[dict[str, Any]], Response], *, template: str, **context: Any
) -> Response:
    """Act on a form, or show it again with what was refused and everything that was entered."""
    try:
        return act(read(schema()))
    except Refusal as refusal:
        context |= {name: refusal.facts[name] for name in ("consequences", "agree") if name in refusal.facts}
        return _page(template, refused(refusal), status=refusal.status, **context)


def _short(made: Any) -> dict[str, str]:
    return {"id": made.id, "title": getattr(made, "title", "")}


def _page(template: str, form: Form, *, status: int = 200, **context: Any) -> Response:
    return make_response(render_template(template, form=form, **context), status)


def _see(endpoint: str, **values: Any) -> Response:
    return cast(Response, redirect(url_for(endpoint, **values), 303))
