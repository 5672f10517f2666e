"""The committee's pages of attendance: who came, what is unclear, the monitors' link, badges to print, who passed."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template, request

from services.scheduling.attendance import commands
from services.scheduling.attendance.domain import badges, papers
from services.scheduling.attendance.domain.points import in_points
from services.scheduling.attendance.pages import judging
from services.scheduling.attendance.pages.forms import new_key, see, tables
from services.scheduling.attendance.pages.records import titled
from services.scheduling.attendance.store import attendance as store
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.programme import SessionUnknown
from services.scheduling.programme.domain.wording import hour_in_words
from services.scheduling.programme.store.programme import names_of
from services.scheduling.releases.domain.releases import Entry
from services.scheduling.releases.store.releases import latest
from shared.auth import desk
from shared.principals import Action
from shared.web import links
from shared.web.current import database, settings
from shared.web.forms import once
from shared.web.words import day_in_words

BADGES_A_PAGE = 24
STRAYS_SHOWN_MAX = 100

blueprint = Blueprint("attendance_desk", __name__, url_prefix="/scheduling/desk/conferences/<conference>")


@blueprint.get("/attendance")
@desk(Action.SEE_ATTENDANCE)
def show_attendance(conference: str) -> str:
    """How many came to each session, what the scans left open, and what the ledger adds up to."""
    held = conference_of(database(), conference)
    release = latest(database(), conference)
    entries = [each for each in release.entries if not each.is_cancelled] if release else []
    counts = store.attendance_counts(database(), [each.session for each in entries])
    monitor = links.monitor(settings(), conference)
    sums = store.points_by_scheme(database(), conference)
    return render_template(
        "attendance/desk.html",
        conference=held,
        entries=entries,
        counts=counts,
        strays=store.strays(database(), conference, limit=STRAYS_SHOWN_MAX),
        titles={each.session: f"{each.code} {each.title}" for each in entries},
        printed=badges.printed,
        monitor=monitor,
        square=papers.qr_svg(monitor, title="Address of the page for room monitors"),
        totals=[(titled(scheme, tables()), in_points(sum_)) for scheme, sum_ in sums.items()],
        day=lambda instant: day_in_words(instant.astimezone(ZoneInfo(held.zone)).date()),
        clock=lambda instant: hour_in_words(instant, zone=held.zone),
    )


@blueprint.get("/badges")
@desk(Action.SEE_ATTENDANCE)
def print_badges(conference: str) -> str:
    """Badges to print, those of two dozen delegates and their guests at a time, in the order of registration."""
    after = request.args.get("after", "")[:200]
    found = store.attendees(database(), conference, after=after, limit=BADGES_A_PAGE + 1)
    shown = found[:BADGES_A_PAGE]
    names = names_of(database(), [each.person for each in shown])
    codes = {each.id: badges.code_of(settings().secret_key, each.id) for each in shown}
    return render_template(
        "attendance/badges.html",
        conference=conference_of(database(), conference),
        badges=[
            (
                names.get(each.person, ""),
                badges.printed(codes[each.id]),
                papers.qr_svg(codes[each.id], title="Badge"),
                each.guest_count,
            )
            for each in shown
        ],
        badge_count=len(shown) + sum(each.guest_count for each in shown),
        next=shown[-1].id if len(found) > BADGES_A_PAGE else "",
        is_first=not after,
    )


def _sheet(conference: str, session: str) -> judging.Sheet:
    return judging.sheet_of(
        _entry(conference, session),
        conference=conference,
        zone=conference_of(database(), conference).zone,
        with_names=True,
    )


def _entry(conference: str, session: str) -> Entry:
    release = latest(database(), conference)
    entry = release.entry(session) if release else None
    if entry is None:
        raise SessionUnknown("There is no such session on the programme.")
    return entry


@blueprint.get("/attendance/<session>")
@desk(Action.SEE_ATTENDANCE)
def show_session(conference: str, session: str) -> str:
    """Who was at a session, and who has passed."""
    held = conference_of(database(), conference)
    return render_template(
        "attendance/sheet.html",
        conference=held,
        sheet=_sheet(conference, session),
        back=("attendance_desk.show_attendance", {"conference": conference}),
        is_desk=True,
        day=lambda instant: day_in_words(instant.astimezone(ZoneInfo(held.zone)).date()),
        clock=lambda instant: hour_in_words(instant, zone=held.zone),
        key=new_key(),
    )


@blueprint.post("/attendance/<session>")
@desk(Action.DECIDE_ATTENDANCE)
def judge_session(conference: str, session: str) -> Response:
    """Keep who has passed."""
    verdicts = judging.judged_by_form(_sheet(conference, session))
    if verdicts:
        once(commands.judge_attendance, session=session, verdicts=verdicts, by="committee")
    flash(f"Kept for {len(verdicts)} {'person' if len(verdicts) == 1 else 'people'}; the others stay as they were.")
    return see("attendance_desk.show_session", conference=conference, session=session)
