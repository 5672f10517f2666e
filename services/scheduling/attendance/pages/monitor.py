"""The room monitor's page: today's rooms, scan in, scan out, big words; a plain form that a script makes work offline.

The page never says who somebody is, nor what they owe: an order that is not paid is "on file".
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for

from services.scheduling.agendas.commands import release_no_shows
from services.scheduling.attendance.commands import receive
from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import Fate, Sent, Way
from services.scheduling.attendance.schemas import listed
from services.scheduling.attendance.store import attendance as store
from services.scheduling.attendance.store.door import programme_at_the_doors, seated
from services.scheduling.conferences.pages.personal_links import MONITOR, opened_link
from services.scheduling.conferences.store import conference_with_version, zone_of
from services.scheduling.programme.domain.wording import hour_in_words
from services.scheduling.releases.domain.releases import Entry, Release
from shared.problem import Refusal
from shared.web.current import database, settings
from shared.web.forms import once
from shared.web.words import day_in_words

blueprint = Blueprint("monitor", __name__, url_prefix="/scheduling/monitor")


@dataclass(frozen=True, slots=True)
class Words:
    """What the monitor sees in big letters, and what it means in a sentence."""

    tone: str  # good | now | serious
    title: str
    sentence: str


WELCOME = Words("good", "Welcome", "Scanned in.")
WELCOME_ON_FILE = Words("good", "Welcome; order on file", "Scanned in.")
GOODBYE = Words("good", "Goodbye", "Scanned out.")
SEE_DESK = Words(
    "now", "Please see the desk", "The badge is not on our list yet. The scan is kept, and counts as soon as it is."
)
SAID: Mapping[str, Words] = {
    "welcome": WELCOME,
    "on_file": WELCOME_ON_FILE,
    "goodbye": GOODBYE,
    "no_seat": Words("now", "No seat in this session", "The scan is kept. Let them in if a seat is free."),
    "no_booked_seat": Words(
        "serious",
        "No seat in this session",
        "Its seats are booked, and this badge has none of them. The scan is kept; please send them to the desk.",
    ),
    "again_in": Words("now", "Already in", "This badge was scanned in here before. Nothing was added."),
    "again_out": Words("now", "Already out", "This badge was scanned out here before. Nothing was added."),
    "see_desk": SEE_DESK,
    "no_badge": Words("serious", "Not a badge", "This is no badge code. Nothing was kept; look at it once more."),
    "no_session": Words("serious", "Pick a session", "Nothing was kept. Pick a session, then scan again."),
}
SCRIPT_SAID: Mapping[str, Words] = {
    "not_kept": Words("serious", "Not kept", "The phone could not keep this scan. Scan again, or write the code down."),
    "no_camera": Words(
        "serious", "No camera", "The browser may not use it. Type the twelve letters and digits instead."
    ),
    "not_given": Words("serious", "Not yet", "Scans on this phone are not sent yet, so no seat was given away."),
}


@blueprint.get("/worker.js")
def show_worker() -> Response:
    """The script that keeps this page for when there is no network; it governs what lies under this address."""
    response = current_app.send_static_file("monitor-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/<token>")
def show_monitor(token: str) -> str:
    """Today's rooms, and the form for the next badge."""
    release = programme_at_the_doors(database(), opened_link(MONITOR, token))
    zone, now = zone_of(database(), release.conference), database().clock.now()
    today, entries = _todays(release, zone=zone, now=now)
    conference = conference_with_version(database(), release.conference)
    return render_template(
        "attendance/monitor.html",
        token=token,
        conference=conference[0] if conference else None,
        release=release,
        zone=zone,
        now=now,
        day=day_in_words(today) if today else "",
        is_today=today == now.astimezone(ZoneInfo(zone)).date().isoformat(),
        rooms=[
            (room, [listed(each, zone) for each in found])
            for room, found in groupby(sorted(entries, key=_by_room), key=lambda each: each.room_name)
        ],
        chosen=request.args.get("session") or _likely(entries, now),
        way="out" if request.args.get("way") == "out" else "in",
        said=SAID.get(request.args.get("said", "")),
        script_words={name: asdict(each) for name, each in {**SAID, **SCRIPT_SAID}.items()},
        counts=store.attendance_counts(database(), [each.session for each in entries]),
        seated=[each for each in entries if each.seats is not None],
        clock=lambda instant: hour_in_words(instant, zone=zone),
        key=str(uuid.uuid4()),
    )


def _by_room(entry: Entry) -> tuple[str, datetime]:
    return entry.room_name, entry.starts


def _todays(release: Release, *, zone: str, now: datetime) -> tuple[str, list[Entry]]:
    """The sessions of today; on a day without any, those of the next day that has some, else of the last one."""
    by_day: dict[str, list[Entry]] = {}
    for each in release.entries:
        if not each.is_cancelled:
            by_day.setdefault(each.starts.astimezone(ZoneInfo(zone)).date().isoformat(), []).append(each)
    if not by_day:
        return "", []
    today = now.astimezone(ZoneInfo(zone)).date().isoformat()
    day = min((each for each in by_day if each >= today), default=max(by_day))
    return day, by_day[day]


def _likely(entries: list[Entry], now: datetime) -> str:
    """The session that people come to now: the next to end."""
    coming = sorted((each for each in entries if each.ends > now), key=lambda each: (each.starts, each.room_name))
    return coming[0].session if coming else ""


@blueprint.post("/<token>")
def scan_badge(token: str) -> Response:
    """One badge by the plain form: the device is the browser, and its clock is ours."""
    release = programme_at_the_doors(database(), opened_link(MONITOR, token))
    way = Way.OUT if request.form.get("way") == "out" else Way.IN
    chosen = request.form.get("session", "")
    said = _scan(release, chosen, way) if any(each.session == chosen for each in release.entries) else "no_session"
    return cast(
        Response,
        redirect(url_for("monitor.show_monitor", token=token, session=chosen[:64], way=way.value, said=said), 303),
    )


def _scan(release: Release, chosen: str, way: Way) -> str:
    code = badges.read_code(request.form.get("code", "")[:64])
    if not code:
        return "no_badge"
    now = database().clock.now()
    device = session.setdefault("device", f"form-{uuid.uuid4().hex}")
    sent_key = request.form.get("idempotency_key", "")
    is_good = sent_key.isascii() and sent_key.isprintable() and sent_key
    id_ = f"form-{sent_key}"[:64] if is_good else f"form-{uuid.uuid4().hex}"
    sent = Sent(id=id_, code=code, session=chosen, way=way, at=now)
    key = settings().secret_key
    fate = receive(database(), release, key=key, device=device, device_now=None, sent=[sent]).fates[id_]
    return _word(fate, way, release, chosen, code)


def _word(fate: Fate, way: Way, release: Release, chosen: str, code: str) -> str:
    if fate in (Fate.UNKNOWN_BADGE, Fate.UNKNOWN_SESSION):
        return "see_desk"
    if fate is Fate.DUPLICATE:
        return f"again_{way.value}"
    if way is Way.OUT:
        return "goodbye"
    found = store.attendees_by_code(database(), release.conference, key=settings().secret_key).get(code)
    entry = release.entry(chosen)
    holders = seated(database(), [entry] if entry else []).get(chosen)
    if found and entry and holders is not None and found.person not in holders:
        return "no_booked_seat" if entry.product else "no_seat"
    return "on_file" if found and found.is_order_open else "welcome"


@blueprint.post("/<token>/no-shows")
def give_away_seats(token: str) -> Response:
    """Offer the seats of those who haven't come to those who wait."""
    release = programme_at_the_doors(database(), opened_link(MONITOR, token))
    chosen = request.form.get("session", "")[:64]
    entry = release.entry(chosen)
    if entry is not None:
        try:
            freed = _give_away(token, entry)
        except Refusal as refusal:
            flash(refusal.detail)
        else:
            flash(f"{entry.code}: {freed['offered']} waiting people have an offer now.")
    return cast(Response, redirect(url_for("monitor.show_monitor", token=token, session=chosen), 303))


def _give_away(token: str, entry: Entry) -> dict[str, Any]:
    answered: dict[str, Any] = once(
        release_no_shows,
        scope=f"monitor:{token[-20:]}",
        answer=lambda roster: {"offered": sum(seat.until is not None for seat in roster.held)},
        session=entry.session,
        present=sorted(store.present(database(), entry.session)),
    )
    return answered
