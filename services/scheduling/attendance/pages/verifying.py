"""The public page on which a paper's code is checked: it shows what the ledger says now, whatever the paper says.

Who holds the code sees initials, sessions and points, taken-back ones too. The name is never shown: who has it on the
paper may type it, and is told whether it is the one. A code has 80 bits, so nobody meets somebody else's by trying.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import Attendee
from services.scheduling.attendance.domain.points import in_points
from services.scheduling.attendance.pages import records
from services.scheduling.attendance.pages.forms import tables
from services.scheduling.attendance.pages.records import titled
from services.scheduling.attendance.store import attendance as store
from shared.identity import identity_of
from shared.problem import NotFound
from shared.sentences import marked
from shared.web.current import database
from shared.web.languages import locale, offer_all

NAME_LENGTH_MAX = 200

blueprint = Blueprint("verifying", __name__, url_prefix="/scheduling/verify")
offer_all(blueprint)


class PaperUnknown(NotFound):
    """No paper of ours bears this code."""

    title = marked("We know of no paper with this code")


@blueprint.get("")
def ask_for_code() -> Response:
    """Where somebody with a paper types its code."""
    code = badges.read_proof(request.args.get("code", ""))
    if code:
        return make_response(redirect(url_for("verifying.show", code=code), 303))
    return make_response(render_template("attendance/verify_ask.html"))


@blueprint.get("/<code>")
def show(code: str) -> Response:
    """What the ledger says now of whom the paper is about."""
    return _page(_attendee(code), asked="", is_the_name=None)


@blueprint.post("/<code>")
def check_name(code: str) -> Response:
    """Whether this is the name that belongs to the paper; it changes nothing, and is not kept."""
    attendee = _attendee(code)
    asked = request.form.get("name", "")[:NAME_LENGTH_MAX]
    name = records.name_of(database(), attendee.person)
    is_the_name = bool(name) and identity_of(name=asked, email="") == identity_of(name=name, email="")
    return _page(attendee, asked=asked, is_the_name=is_the_name)


def _attendee(code: str) -> Attendee:
    found = store.attendee_of_proof(database(), badges.read_proof(code))
    if found is None:
        raise PaperUnknown(
            marked(
                "Compare it with the paper, sign by sign: 16 letters and digits in groups of four. "
                "If it is right, the paper is not one of ours."
            )
        )
    return found


def _page(attendee: Attendee, *, asked: str, is_the_name: bool | None) -> Response:
    record = records.record_of(database(), attendee, rules=tables())
    if record is None:
        raise PaperUnknown(marked("The conference of this paper is no longer known."))
    postings = store.postings_of(database(), attendee.person)
    ours = [each for each in postings if each.conference == attendee.conference]
    page = render_template(
        "attendance/verify.html",
        record=record,
        initials=records.initials(record.name),
        lines=records.lines_of(database(), ours, locale=locale()),
        here=[(titled(scheme, tables()), in_points(sum_, locale())) for scheme, sum_ in record.here.items()],
        totals=[(titled(scheme, tables()), in_points(sum_, locale())) for scheme, sum_ in record.totals.items()],
        code=badges.printed_proof(attendee.proof),
        now=database().clock.now(),
        asked=asked,
        is_the_name=is_the_name,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
