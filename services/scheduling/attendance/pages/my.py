"""What a delegate sees by the link of their agenda: badge, points, the form on what they learned, and papers."""

from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for

from services.scheduling.attendance import commands, schemas
from services.scheduling.attendance.domain import badges, papers
from services.scheduling.attendance.domain.attendance import Attendee
from services.scheduling.attendance.domain.points import in_points
from services.scheduling.attendance.pages import records
from services.scheduling.attendance.pages.forms import new_key, see, tables
from services.scheduling.attendance.pages.records import Record, titled
from services.scheduling.attendance.store import attendance as store
from services.scheduling.conferences.pages.personal_links import opened_link
from services.scheduling.programme.domain.wording import hour_in_words
from shared.problem import NotFound, Refusal
from shared.sentences import marked
from shared.web import links
from shared.web.app import wants_page
from shared.web.current import database, settings
from shared.web.forms import Form, entered, once, read, reasons
from shared.web.languages import gettext, locale, offer_all
from shared.web.words import day_in_words, said

PURPOSE = "agenda"

blueprint = Blueprint("my_attendance", __name__, url_prefix="/scheduling/agenda")
offer_all(blueprint)


class NoBadgeYet(NotFound):
    """Only delegates have a badge, and only they can earn points."""


class NothingPosted(NotFound):
    """A paper says what the ledger has, and it has nothing yet."""


def _attendee(token: str) -> Attendee:
    found = store.attendee(database(), opened_link(PURPOSE, token))
    if found is None:
        raise NoBadgeYet(
            marked(
                "Your registration is not confirmed yet, so there is no badge and there are no points. "
                "Look here again when it is."
            )
        )
    return found


def _record(token: str) -> Record:
    record = records.record_of(database(), _attendee(token), rules=tables())
    if record is None:
        raise NoBadgeYet(marked("There is no conference under this address."))
    return record


@blueprint.get("/<token>/badge")
def show_badge(token: str) -> str:
    """A delegate's badge, to be held before the room monitor's phone or printed."""
    record = _record(token)
    code = badges.code_of(settings().secret_key, record.attendee.id)
    return render_template(
        "attendance/badge.html",
        token=token,
        record=record,
        code=badges.printed(code),
        square=papers.qr_svg(code, title=f"Badge {badges.printed(code)}"),
    )


@blueprint.get("/<token>/points")
def show_points(token: str) -> Response:
    """What a delegate has earned, session by session, and what is missing."""
    return _points(token)


@blueprint.post("/<token>/points/<session>")
def confirm_learning(token: str, session: str) -> Response:
    """Say in a sentence what was learned."""
    attendee = _attendee(token)
    try:
        asked = read(schemas.LearnedForm(), _filled())
        scope = f"form:{attendee.id}"
        once(commands.confirm_learning, scope=scope, session=session[:64], person=attendee.person, **asked)
    except Refusal as refusal:
        return _refused(token, session, refusal)
    flash(gettext("Thank you. What you learned is saved, and your points follow in a moment."))
    return see("my_attendance.show_points", token=token)


def _refused(token: str, session: str, refusal: Refusal) -> Response:
    """The page with what was refused beside its form, for a person; a program is told the problem."""
    if not wants_page():
        raise refusal
    wrong = reasons(refusal.facts.get("errors", {}).get("form", {})).values()
    sentence = gettext("Nothing was saved yet. %(why)s", why=" ".join(wrong)) if wrong else said(refusal)
    return _points(token, entered(refusal=sentence), about=session, status=refusal.status)


def _filled() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if value.strip()}


def _points(token: str, form: Form | None = None, *, about: str = "", status: int = 200) -> Response:
    record = _record(token)
    zone = record.conference.zone
    has_form = about in {each.attendance.session for each in record.attended if each.may_confirm}
    page = render_template(
        "attendance/points.html",
        token=token,
        record=record,
        totals=[(titled(scheme, tables()), in_points(sum_, locale())) for scheme, sum_ in record.totals.items()],
        form=form or Form(),
        about=about if has_form else "",  # else there is no form beside which to say it
        in_points=partial(in_points, locale=locale()),
        titled=lambda scheme: titled(scheme, tables()),
        day=lambda instant: day_in_words(instant.astimezone(ZoneInfo(zone)).date(), locale()),
        clock=lambda instant: hour_in_words(instant, zone=zone, locale=locale()),
        proof=badges.printed_proof(record.attendee.proof),
        verify=links.verify(settings(), record.attendee.proof) if record.attendee.proof else "",
        new_key=new_key,
    )
    return make_response(page, status)


@blueprint.get("/<token>/transcript.pdf")
def download_transcript(token: str) -> Response:
    """All of somebody's points, of all conferences, on paper."""
    return _paper(token, papers.Kind.TRANSCRIPT)


@blueprint.get("/<token>/certificate.pdf")
def download_certificate(token: str) -> Response:
    """What was earned at this conference, on paper."""
    return _paper(token, papers.Kind.CERTIFICATE)


def _paper(token: str, kind: papers.Kind) -> Response:
    attendee = _attendee(token)
    address = links.verify(settings(), attendee.proof)
    paper = records.paper_of(database(), attendee, kind=kind, rules=tables(), address=address, locale=locale())
    if paper is None:
        raise NothingPosted.saying(
            "No points are posted for you yet, so there is no paper. They are posted when a session is over; "
            "what is missing is listed at %(address)s.",
            address=url_for("my_attendance.show_points", token=token),
        )
    from services.scheduling import printing

    response = Response(printing.pdf_of(paper, gettext), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{kind.value}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
