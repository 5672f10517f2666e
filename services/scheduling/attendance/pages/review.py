"""The committee's review of sessions for points: approve minutes, reject, look again; and the list for a board."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, render_template, request
from marshmallow import EXCLUDE, ValidationError

from services.scheduling.attendance import commands, schemas
from services.scheduling.attendance.domain.points import in_points
from services.scheduling.attendance.pages.forms import Refused, conference_of, new_key, once, see, tables
from services.scheduling.attendance.pages.records import titled
from services.scheduling.programme.domain.programme import Approval, Session, SessionUnknown
from services.scheduling.programme.store.programme import session_with_version, sessions, speakers
from shared.auth import desk
from shared.principals import Action
from shared.problem import NotFound, Refusal
from shared.web.current import database

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
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("points_review", __name__, url_prefix="/scheduling/desk/conferences/<conference>/points")


def state_of(session: Session) -> str:
    """How far a session is with its approval, in words."""
    approval = session.approval
    if approval is None:
        return "no points"
    if not approval.is_approved:
        return "rejected"
    return "needs review" if approval.must_be_reviewed else "approved"


def worth_of(session: Session, *, year: int) -> str:
    """What a session's approval comes to, in points."""
    approval = session.approval
    rule = tables().rule(approval.scheme, year) if approval and approval.is_approved else None
    return in_points(rule.worth(approval.minutes)) if rule and approval else ""


@blueprint.get("")
@desk(Action.SEE_ATTENDANCE)
def show_review(conference: str) -> str:
    """All sessions by how far they are with their approval, what needs a look first."""
    held = conference_of(conference)
    by_state: dict[str, list[Session]] = {"needs review": [], "approved": [], "rejected": [], "no points": []}
    for each in sessions(database(), conference):
        by_state[state_of(each)].append(each)
    return render_template(
        "attendance/review.html",
        conference=held,
        by_state=by_state,
        worth=lambda session: worth_of(session, year=held.starts.year),
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
        asked = cast(dict[str, Any], schemas.ReviewForm(unknown=EXCLUDE).load(request.form.to_dict()))
        once(
            commands.review_session,
            scope="committee",
            session=session,
            approval=_approval(asked),
            seen=asked["seen"],
            by="committee",
        )
    except ValidationError as error:
        sentence = " ".join(" ".join(each) for each in cast(dict[str, list[str]], error.messages).values())
        return _form(conference, session, Refused(f"Nothing was changed. {sentence}"), status=422)
    except SessionUnknown:
        raise
    except Refusal as refusal:
        return _form(conference, session, Refused(refusal.detail), status=refusal.status)
    flash("It is in the draft now, and counts from the next release on.")
    return see("points_review.show_review", conference=conference)


def _approval(asked: dict[str, Any]) -> Approval | None:
    if asked["decision"] == "none":
        return None
    if asked["scheme"] not in tables().titles or (asked["decision"] == "approve" and not asked["minutes"]):
        raise ValidationError({"minutes": ["Pick a scheme that has rules, and say how many minutes are approved."]})
    return Approval(
        scheme=asked["scheme"],
        minutes=asked["minutes"],
        is_approved=asked["decision"] == "approve",
        must_be_assessed=asked["must_be_assessed"],
    )


def _form(conference: str, session: str, refused: Refused | None = None, *, status: int = 200) -> Response:
    held = conference_of(conference)
    found = session_with_version(database(), session)
    if found is None or found[0].conference != conference:
        raise SessionUnknown("There is no such session.")
    page = render_template(
        "attendance/review_session.html",
        conference=held,
        session=found[0],
        seen=found[1],
        state=state_of(found[0]),
        rules=[each for scheme in tables().titles if (each := tables().rule(scheme, held.starts.year))],
        worth=worth_of(found[0], year=held.starts.year),
        in_points=in_points,
        refused=refused,
        key=new_key(),
    )
    return make_response(page, status)


# the list for an education board


class NoSuchFormat(NotFound):
    """The list comes as CSV or as XLSX."""


@blueprint.get("/programme.<kind>")
@desk(Action.SEE_ATTENDANCE)
def export_programme(conference: str, kind: str) -> Response:
    """The programme as an education board reads it: code, title, speakers, minutes, level, state of the approval."""
    held = conference_of(conference)
    rows = [HEADINGS, *_rows(conference, year=held.starts.year)]
    if kind == "csv":
        response = Response(_csv(rows), content_type="text/csv; charset=utf-8")
    elif kind == "xlsx":
        response = Response(_xlsx(rows), content_type=XLSX)
    else:
        raise NoSuchFormat("The list comes as programme.csv or programme.xlsx.")
    response.headers["Content-Disposition"] = f'attachment; filename="{held.key}-programme.{kind}"'
    return response


def _rows(conference: str, *, year: int) -> Iterator[tuple[str, ...]]:
    found = sessions(database(), conference)
    known = speakers(database(), sorted({person for each in found for person in each.speakers}))
    for each in found:
        approval = each.approval
        yield (
            each.code,
            each.title,
            ", ".join(known[person].name for person in each.speakers if person in known),
            str(each.minutes),
            each.level,
            approval.scheme if approval else "",
            str(approval.minutes) if approval and approval.is_approved else "",
            worth_of(each, year=year),
            state_of(each),
            "yes" if approval and approval.must_be_assessed else "",
        )


def _csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([_harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know UTF-8


def _harmless(cell: str) -> str:
    # A title that begins like a formula must not become one in somebody's spreadsheet.
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _xlsx(rows: Iterable[tuple[str, ...]]) -> bytes:
    from openpyxl import Workbook  # as large as the rest of this part, and seldom wanted

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Programme"
    for row in rows:
        sheet.append([int(cell) if cell.isdecimal() and len(cell) < 10 else _harmless(cell) for cell in row])
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJ", (8, 60, 40, 10, 12, 10, 10, 8, 14, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
