"""A decision at the desks: written down, looked at with all that it would do, proposed, approved, begun and undone.

The same commands as the API behind forms: post, redirect, get. Each page says what to do next to whoever reads it, and
every button is there only for whom it belongs to.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.scheduling.conferences.domain.conference import CHOICE_DAYS_DEFAULT, Conference, day_in
from services.scheduling.conferences.store import conference_of
from services.scheduling.decisions.commands import deciding as commands
from services.scheduling.decisions.domain import arming
from services.scheduling.decisions.domain.decision import GRACE_MINUTES, Decision, Doer, State
from services.scheduling.decisions.domain.refusals import DecisionUnknown
from services.scheduling.decisions.schemas import deciding as schemas
from services.scheduling.decisions.store import decisions as store
from services.scheduling.previews import commands as previews
from services.scheduling.previews.domain.preview import SERVICES
from services.scheduling.previews.domain.preview import Kind as PreviewedKind
from services.scheduling.previews.pages import preview_context
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import business_now, database, may, principal, session
from shared.web.forms import Form, once, read, refused

CANCEL = "cancel"
GRACES = {0: "not at all", 30: "30 minutes", 60: "an hour", 120: "two hours", 720: "12 hours", 1440: "a day"}
STATES = {
    State.DRAFTED: ("now", "Draft"),
    State.PREVIEWED: ("now", "Draft"),
    State.PROPOSED: ("now", "Waits for a second person"),
    State.RETURNED: ("serious", "Returned"),
    State.APPROVED: ("good", "Approved, not begun"),
    State.ARMED: ("serious", "Begun, can be undone"),
    State.RUNNING: ("serious", "Being carried out"),
    State.SETTLING: ("now", "Messages and money under way"),
    State.SETTLED: ("good", "Settled"),
    State.WITHDRAWN: ("", "Withdrawn"),
}
ACTS = {
    State.DRAFTED: "Written",
    State.PREVIEWED: "Figures looked at",
    State.PROPOSED: "Proposed",
    State.RETURNED: "Returned",
    State.APPROVED: "Approved",
    State.ARMED: "Begun",
    State.RUNNING: "Carried out",
    State.WITHDRAWN: "Withdrawn",
}

blueprint = Blueprint("deciding", __name__, url_prefix="/scheduling/desk")


@blueprint.route("/conferences/<conference>/decisions/new", methods=["GET", "POST"])
@desk(Action.PREPARE_DECISIONS)
def draft_decision(conference: str) -> Response:
    """The form that writes down a cancellation; nothing happens by it."""
    known = conference_of(database(), conference)
    if request.method == "GET":
        choose_by = day_in(known.zone, business_now()) + timedelta(days=CHOICE_DAYS_DEFAULT)
        return _form(known, Form(values={"choose_by": choose_by.isoformat(), "grace_minutes": str(GRACE_MINUTES)}))
    try:
        facts = schemas.facts_of_form(read(schemas.DecisionForm()))
        made = once(
            commands.draft_decision,
            answer=_short,
            conference=conference,
            kind=CANCEL,
            facts=facts,
            by=Doer.of(principal(), session=session()),
        )
    except Refusal as refusal:
        return _form(known, refused(refusal))
    _ask_preview(_decision(made["id"]))
    return _see(made["id"])


@blueprint.route("/decisions/<decision>/edit", methods=["GET", "POST"])
@desk(Action.PREPARE_DECISIONS)
def edit_decision(decision: str) -> Response:
    """The form that changes it, which makes a draft of it again."""
    known = _decision(decision)
    conference = conference_of(database(), known.conference)
    if request.method == "GET":
        return _form(conference, Form(values=schemas.form_values(known)), decision=known)
    try:
        facts = schemas.facts_of_form(read(schemas.DecisionForm()))
        once(
            commands.edit_decision,
            answer=_short,
            decision=decision,
            facts=facts,
            revision=_revision(),
            by=Doer.of(principal(), session=session()),
        )
    except Refusal as refusal:
        return _form(conference, refused(refusal), decision=known)
    _ask_preview(_decision(decision))
    return _see(decision)


@blueprint.get("/decisions/<decision>")
@desk(Action.SEE_PROGRESS)
def show_decision(decision: str) -> Response:
    """All of a decision: what it says, what it would do, who has done what, and what comes next."""
    return _page(_decision(decision), Form())


@blueprint.get("/decisions/<decision>/preview")
@desk(Action.FORESEE_CANCELLATIONS)
def show_preview(decision: str) -> str:
    """What it would do, as far as that is worked out: what the page reads again by itself."""
    known = _decision(decision)
    conference = conference_of(database(), known.conference)
    return render_template("previews/preview.html", conference=conference, **_previewed(known))


@blueprint.post("/decisions/<decision>/preview")
@desk(Action.FORESEE_CANCELLATIONS)
def ask_preview(decision: str) -> Response:
    """Have every service work out anew what it would do."""
    _ask_preview(_decision(decision))
    return _see(decision)


@blueprint.post("/decisions/<decision>/propose")
@desk(Action.PREPARE_DECISIONS)
def propose_decision(decision: str) -> Response:
    """Whoever has read what it would do asks a second person for it."""
    if request.form.get("confirmed") != "yes":
        told = "Please tick that you have read what will happen. Nothing was proposed yet."
        return _page(_decision(decision), Form(errors={"confirmed": told}, status=422))
    return _done(commands.propose_as_seen, decision, told="Proposed. Somebody of finance or the board decides now.")


@blueprint.post("/decisions/<decision>/approve")
@desk(Action.APPROVE_DECISIONS)
def approve_decision(decision: str) -> Response:
    """The second person agrees to what they have read."""
    if request.form.get("confirmed") != "yes":
        told = "Please tick that you have read the whole decision. Nothing was approved yet."
        return _page(_decision(decision), Form(errors={"confirmed": told}, status=422))
    is_begun = _decision(decision).has_drifted
    told = "Approved. It can still be undone." if is_begun else "Approved. The committee can begin it now."
    return _done(commands.approve_decision, decision, told=told, read=request.form.get("preview", ""))


@blueprint.post("/decisions/<decision>/return")
@desk(Action.APPROVE_DECISIONS)
def return_decision(decision: str) -> Response:
    """The second person hands it back, and says what should be otherwise."""
    try:
        asked = read(schemas.RemarkForm(), not_done="Nothing was returned.")
    except Refusal as refusal:
        return _page(_decision(decision), refused(refusal))
    return _done(commands.return_decision, decision, told="Returned to who proposed it.", **asked)


@blueprint.post("/decisions/<decision>/arm")
@desk(Action.PREPARE_DECISIONS)
def arm_decision(decision: str) -> Response:
    """Registration closes, and the time to undo it begins."""
    return _done(commands.arm_decision, decision, told="It is begun. Nobody has been told yet.")


@blueprint.post("/decisions/<decision>/withdraw")
@desk(Action.UNDO_DECISIONS)
def withdraw_decision(decision: str) -> Response:
    """It is given up, or undone while there is time."""
    try:
        once(commands.withdraw_decision, answer=_short, decision=decision, by=Doer.of(principal(), session=session()))
    except Refusal as refusal:
        return _page(_decision(decision), refused(refusal))
    flash("Withdrawn. Nobody was told, and no money has moved.")
    return _see(decision)


def _done(command: Callable[..., Any], decision: str, *, told: str, **asked: Any) -> Response:
    try:
        once(
            command,
            answer=_short,
            decision=decision,
            revision=_revision(),
            by=Doer.of(principal(), session=session()),
            **asked,
        )
    except Refusal as refusal:
        return _page(_decision(decision), refused(refusal))
    flash(told)
    return _see(decision)


def _page(known: Decision, form: Form) -> Response:
    conference = conference_of(database(), known.conference)
    context = _previewed(known)
    page = render_template(
        "decisions/decision.html",
        form=form,
        decision=known,
        conference=conference,
        now=business_now(),
        state=_state(known),
        acts=ACTS,
        graces=GRACES,
        is_own=known.proposer is not None and known.proposer.id == principal().actor,
        may_prepare=may(Action.PREPARE_DECISIONS, conference=conference.id),
        may_approve=may(Action.APPROVE_DECISIONS, conference=conference.id),
        may_undo=may(Action.UNDO_DECISIONS, conference=conference.id),
        minutes_left=_minutes_left(known.until),
        wait_minutes=_minutes_left(arming.waits_until(known)),
        overtaken=_overtaken(known, context),
        **context,
    )
    return make_response(page, form.status)


def _form(conference: Conference, form: Form, *, decision: Decision | None = None) -> Response:
    page = render_template(
        "decisions/decide.html",
        form=form,
        conference=conference,
        decision=decision,
        graces=GRACES,
        today=day_in(conference.zone, business_now()),
    )
    return make_response(page, form.status)


def _previewed(known: Decision) -> dict[str, Any]:
    return {
        **preview_context(database(), known.conference, decision=known.id),
        "preview_ask": url_for("deciding.ask_preview", decision=known.id),
        "preview_again": url_for("deciding.show_preview", decision=known.id),
    }


def _ask_preview(known: Decision) -> None:
    """Every service works out what it would do, while its writer reads it once more."""
    if known.is_open:
        database().run(
            previews.ask_preview,
            conference=known.conference,
            decision=known.id,
            revision=known.revision,
            kind=PreviewedKind(known.kind),
            choose_by=known.facts.choose_by,
            reason=known.facts.reason,
            decision_text=known.facts.text,
            compared_with=known.basis.preview if known.basis else "",
        )


def _state(known: Decision) -> tuple[str, str]:
    """How far it is, in a colour and in words."""
    if known.is_waiting:
        return "serious", "Begun, waits for a second person" if known.has_drifted else "Begun, being checked"
    return STATES[known.state]


def _minutes_left(until: datetime | None) -> int:
    """How long that still is, in begun minutes."""
    left = (until - business_now()).total_seconds() if until else 0.0
    return max(int(-(-left // 60)), 0)


def _overtaken(known: Decision, context: Mapping[str, Any]) -> list[str]:
    """What has changed between what was proposed and the preview on the page; the page's reader can't approve that."""
    newest = context["shown"] and context["shown"].preview
    if known.state is not State.PROPOSED or newest is None or not newest.is_complete:
        return []
    return list(arming.differences(known.basis, newest, services=SERVICES))


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _decision(id_: str) -> Decision:
    found = store.decision_of(database(), id_)
    if found is None:
        raise DecisionUnknown("There is no decision under this address. Nothing was changed.")
    return found


def _short(made: Any) -> dict[str, str]:
    return {"id": made.id}


def _see(decision: str) -> Response:
    return cast(Response, redirect(url_for("deciding.show_decision", decision=decision), 303))
