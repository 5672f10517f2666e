"""What a presenter sees of those who came, by the link of their speaker's page: how many, and a sheet to judge by."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, render_template

from services.scheduling.attendance import commands
from services.scheduling.attendance.domain.attendance import NotYourSession
from services.scheduling.attendance.pages import judging
from services.scheduling.attendance.pages.forms import new_key, see
from services.scheduling.attendance.store import attendance as store
from services.scheduling.conferences.pages.personal_links import opened_link
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.wording import hour_in_words
from services.scheduling.releases.domain.releases import Entry
from services.scheduling.releases.store.releases import latest
from shared.sentences import marked
from shared.web.current import database
from shared.web.forms import once
from shared.web.languages import locale, ngettext, offer_all
from shared.web.words import day_in_words

PURPOSE = "speaking"

blueprint = Blueprint("presenting", __name__, url_prefix="/scheduling/speaking")
offer_all(blueprint)


def _who(token: str) -> tuple[str, str]:
    conference, _, person = opened_link(PURPOSE, token).partition(":")
    return conference, person


def _sessions(conference: str, person: str) -> list[Entry]:
    release = latest(database(), conference)
    return [each for each in release.entries if person in each.speakers and not each.is_cancelled] if release else []


def _sheet(token: str, session: str) -> judging.Sheet:
    conference, person = _who(token)
    entry = next((each for each in _sessions(conference, person) if each.session == session), None)
    if entry is None:
        raise NotYourSession(marked("You don't present this session. Nothing was changed; look at the list of yours."))
    return judging.sheet_of(
        entry, conference=conference, zone=conference_of(database(), conference).zone, with_names=False
    )


@blueprint.get("/<token>/attendance")
def show_sessions(token: str) -> str:
    """How many came to each of a presenter's sessions."""
    conference, person = _who(token)
    held, found = conference_of(database(), conference), _sessions(conference, person)
    return render_template(
        "attendance/presenting.html",
        token=token,
        conference=held,
        entries=found,
        counts=store.attendance_counts(database(), [each.session for each in found]),
        day=lambda instant: day_in_words(instant.astimezone(ZoneInfo(held.zone)).date(), locale()),
        clock=lambda instant: hour_in_words(instant, zone=held.zone, locale=locale()),
    )


@blueprint.get("/<token>/attendance/<session>")
def show_sheet(token: str, session: str) -> str:
    """Who came to one of a presenter's sessions, without names, and who has passed."""
    sheet = _sheet(token, session)
    held = conference_of(database(), _who(token)[0])
    return render_template(
        "attendance/sheet.html",
        conference=held,
        sheet=sheet,
        back=("presenting.show_sessions", {"token": token}),
        is_desk=False,
        day=lambda instant: day_in_words(instant.astimezone(ZoneInfo(held.zone)).date(), locale()),
        clock=lambda instant: hour_in_words(instant, zone=held.zone, locale=locale()),
        key=new_key(),
    )


@blueprint.post("/<token>/attendance/<session>")
def judge_sheet(token: str, session: str) -> Response:
    """Keep who has passed, by the presenter's word."""
    verdicts = judging.judged_by_form(_sheet(token, session))
    if verdicts:
        once(
            commands.judge_attendance,
            scope=f"form:speaking:{':'.join(_who(token))}",
            session=session,
            verdicts=verdicts,
            by="presenter",
        )
    flash(
        ngettext(
            "Saved for %(num)s person; the others stay as they were.",
            "Saved for %(num)s people; the others stay as they were.",
            len(verdicts),
        )
    )
    return see("presenting.show_sheet", token=token, session=session)
