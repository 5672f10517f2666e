"""The committee's review of sessions for points: approve minutes, reject, look again; and the list for a board."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template

from services.scheduling.attendance import commands, schemas
from services.scheduling.attendance.domain.points import in_points
from services.scheduling.attendance.domain.rules import Rules
from services.scheduling.attendance.pages.forms import see, tables, tables_of
from services.scheduling.attendance.pages.records import titled
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.programme import Approval, Session, SessionUnknown
from services.scheduling.programme.store.programme import session_with_version, sessions, speakers
from shared.auth import desk
from shared.principals import Action
from shared.problem import Invalid, NotFound, Refusal
from shared.web import spreadsheets
from shared.web.current import database, principal
from shared.web.forms import Form, once, read, refused
from shared.web.workbook import Value

HEADINGS = (
    "Code",
    "Title",
    "Speakers",
    "Length in minutes",
    "Level",
    "Scheme",
    "Approved minutes",
    "Points",
    "State",
    "Assessment required",
)

blueprint = Blueprint("points_review", __name__, url_prefix="/scheduling/desk/conferences/<conference>/points")


def state_of(session: Session) -> str:
    """How far a session is with its approval, in words."""
    approval = session.approval
    if approval is None:
        return "no points"
    if not approval.is_approved:
        return "rejected"
    return "needs review" if approval.must_be_reviewed else "approved"


def worth_of(session: Session, *, rules: Rules, year: int) -> str:
    """What a session's approval comes to, in points."""
    approval = session.approval
    rule = rules.rule(approval.scheme, year) if approval and approval.is_approved else None
    return in_points(rule.worth(approval.minutes)) if rule and approval else ""


@blueprint.get("")
@desk(Action.SEE_ATTENDANCE)
def show_review(conference: str) -> str:
    """All sessions by how far they are with their approval, what needs a look first."""
    held = conference_of(database(), conference)
    by_state: dict[str, list[Session]] = {"needs review": [], "approved": [], "rejected": [], "no points": []}
    for each in sessions(database(), conference):
        by_state[state_of(each)].append(each)
    own = tables_of(conference)
    return render_template(
        "attendance/review.html",
        conference=held,
        by_state=by_state,
        worth=lambda session: worth_of(session, rules=own, year=held.starts.year),
        titled=lambda scheme: titled(scheme, tables()),
    )


@blueprint.get("/<session>")
@desk(Action.SEE_ATTENDANCE)
def show_session(conference: str, session: str) -> Response:
    """The form on which a session is approved."""
    return _form(conference, session)


@blueprint.post("/<session>")
@desk(Action.DECIDE_ATTENDANCE)
def decide_session(conference: str, session: str) -> Response:
    """Approve a session's minutes under a scheme, reject it, or take it out of the review."""
    try:
        asked = read(schemas.ReviewForm())
        once(
            commands.review_session,
            session=session,
            approval=_approval(asked),
            seen=asked["seen"],
            by=principal().words,
        )
    except Refusal as refusal:
        return _form(conference, session, refused(refusal), status=refusal.status)
    flash("It is in the draft now, and counts from the next release on.")
    return see("points_review.show_review", conference=conference)


def _approval(asked: dict[str, Any]) -> Approval | None:
    if asked["decision"] == "none":
        return None
    if asked["scheme"] not in tables().titles or (asked["decision"] == "approve" and not asked["minutes"]):
        said = "Pick a scheme that has rules, and say how many minutes are approved."
        raise Invalid(f"Nothing was changed. {said}", errors={"form": {"minutes": said}})
    return Approval(
        scheme=asked["scheme"],
        minutes=asked["minutes"],
        is_approved=asked["decision"] == "approve",
        must_be_assessed=asked["must_be_assessed"],
    )


def _form(conference: str, session: str, form: Form | None = None, *, status: int = 200) -> Response:
    held = conference_of(database(), conference)
    found = session_with_version(database(), session)
    if found is None or found[0].conference != conference:
        raise SessionUnknown("There is no such session.")
    own = tables_of(conference)
    page = render_template(
        "attendance/review_session.html",
        conference=held,
        session=found[0],
        seen=found[1],
        state=state_of(found[0]),
        rules=[each for scheme in own.titles if (each := own.rule(scheme, held.starts.year))],
        worth=worth_of(found[0], rules=own, year=held.starts.year),
        in_points=in_points,
        form=form or Form(),
    )
    return make_response(page, status)


# the list for an education board


class NoSuchFormat(NotFound):
    """The list comes as CSV or as XLSX."""


@blueprint.get("/programme.<kind>")
@desk(Action.SEE_ATTENDANCE)
def export_programme(conference: str, kind: str) -> Response:
    """The programme as an education board reads it: code, title, speakers, minutes, level, state of the approval."""
    held = conference_of(database(), conference)
    if kind not in spreadsheets.WRITERS:
        raise NoSuchFormat("The list comes as programme.csv or programme.xlsx.")
    sheet = spreadsheets.Sheet(HEADINGS, _rows(conference, year=held.starts.year))
    response = Response(spreadsheets.WRITERS[kind](sheet), content_type=spreadsheets.TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{held.key}-programme.{kind}"'
    return response


def _rows(conference: str, *, year: int) -> Iterator[tuple[Value, ...]]:
    found = sessions(database(), conference)
    own = tables_of(conference)
    known = speakers(database(), sorted({person for each in found for person in each.speakers}))
    for each in found:
        approval = each.approval
        worth = worth_of(each, rules=own, year=year)
        yield (
            each.code,
            each.title,
            ", ".join(known[person].name for person in each.speakers if person in known),
            each.minutes,
            each.level,
            approval.scheme if approval else "",
            approval.minutes if approval and approval.is_approved else None,
            Decimal(worth) if worth else None,
            state_of(each),
            "yes" if approval and approval.must_be_assessed else "",
        )
