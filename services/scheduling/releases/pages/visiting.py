"""The programme as everybody sees it: pages by day, room, track and speaker, one for each session, and a search.

Made from the latest release and from nothing else, without a script; a day is worked out once for each release.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Blueprint, Response, make_response, render_template, request, url_for
from markupsafe import Markup

from services.scheduling.conferences.domain.conference import day_in
from services.scheduling.conferences.domain.zones import offered_zones, zones_meant, zones_to_choose
from services.scheduling.programme.domain.wording import KIND_WORDS, hour_in_words
from services.scheduling.releases.domain import reading, sentences
from services.scheduling.releases.domain.formats import json_ld
from services.scheduling.releases.domain.formats.publication import Publication
from services.scheduling.releases.domain.now import now_and_next
from services.scheduling.releases.domain.releases import Entry
from services.scheduling.releases.pages.public import published
from services.scheduling.releases.store.printing import Kept
from shared.parts import current
from shared.problem import NotFound
from shared.sentences import Span, marked
from shared.web.current import business_now
from shared.web.languages import gettext, language, locale, offer_all
from shared.web.words import in_page_language
from shared.zones import city_in_words

PARTS_KEPT = 256  # of pages; a day of a large congress is some 100 kB


class PartsKept(Kept):
    """Parts of pages that were asked for last."""

    def __init__(self) -> None:
        super().__init__(PARTS_KEPT)


blueprint = Blueprint("visiting", __name__, url_prefix="/scheduling/conferences/<conference>/programme")
offer_all(blueprint)
_SHORT_DAYS = {"en_US": "EEE, MMM d", "fr_FR": "EEE d MMM", "nl_NL": "EEE d MMM"}


class NotInProgramme(NotFound):
    """There is nothing like that in the programme."""


@blueprint.get("")
def show_day(conference: str) -> Response:
    """A day of the programme, with what goes on now; or what a search has found."""
    found = published(conference)
    query = " ".join(request.args.get("q", "").split())[: reading.QUERY_LENGTH_MAX]
    if query:
        hits = reading.by_day(found, reading.search(found.entries, query))
        return _page("list", found, heading=gettext("Search: %(words)s", words=query), shown_days=hits, query=query)
    day = _day(found)
    shown = _part(found, "grid", day.isoformat(), lambda: {"grid": reading.grid(found, day), "day": day})
    moment = now_and_next(found.entries, now=business_now()) if _is_on(found) else None
    return _page("day", found, day=day, shown=shown, moment=moment)


@blueprint.get("/rooms/<room>")
def show_room(conference: str, room: str) -> Response:
    """All that takes place in a room."""
    found = published(conference)
    here = [each for each in found.entries if each.room == room]
    if not here:
        raise NotInProgramme(marked("Nothing takes place in such a room. The programme names all rooms."))
    return _page("list", found, heading=here[0].room_name, shown_days=reading.by_day(found, here))


@blueprint.get("/tracks/<track>")
def show_track(conference: str, track: str) -> Response:
    """All sessions of a track."""
    found = published(conference)
    here = [each for each in found.entries if each.track == track]
    if not here:
        raise NotInProgramme(marked("There is no such track. The programme names all tracks."))
    return _page("list", found, heading=here[0].track_title, shown_days=reading.by_day(found, here))


@blueprint.get("/speakers")
def show_speakers(conference: str) -> Response:
    """Everybody on a stage, by name."""
    found = published(conference)
    return _page("speakers", found, people=reading.people(found))


@blueprint.get("/speakers/<person>")
def show_speaker(conference: str, person: str) -> Response:
    """One speaker's sessions."""
    found = published(conference)
    known = next((each for each in reading.people(found) if each.id == person), None)
    if known is None:
        raise NotInProgramme(marked("Nobody of this address is on a stage. The list of speakers names everybody."))
    return _page("list", found, heading=known.name, shown_days=reading.by_day(found, known.entries))


@blueprint.get("/sessions/<session>")
def show_session(conference: str, session: str) -> Response:
    """One session: when, where, who, about what, and what was changed."""
    found = published(conference)
    entry = next((each for each in found.entries if each.session == session), None)
    if entry is None:
        raise NotInProgramme(marked("There is no such session in this programme. It may not be published yet."))
    changed = next((each for each in found.release.differences if each.session == session), None)
    marker = reading.changes(found.release).get(session) or (changed and entry.is_cancelled)
    entries = {each.session: each for each in found.entries}
    return _page(
        "session",
        found,
        entry=entry,
        sentence=in_page_language(sentences.told(changed, zone=found.zone)) if changed and marker else "",
        alternatives=[entries[each] for each in changed.alternatives if each in entries] if changed else [],
        replaced=entries.get(entry.replaces),
        replacing=[each for each in found.entries if each.replaces == session],
        data=Markup(json_ld.in_page(json_ld.session_event(found, entry))),  # noqa: S704 `in_page` escapes it
    )


# what the pages share


def _page(template: str, found: Publication, **context: Any) -> Response:
    response = make_response(render_template(f"releases/visit/{template}.html", **_frame(found), **context))
    response.headers["Cache-Control"] = "private, no-cache"  # its head says who is signed in
    response.add_etag()
    return cast(Response, response.make_conditional(request))


def _part(found: Publication, name: str, key: str, make: Callable[[], dict[str, Any]]) -> Markup:
    """A part of a page, worked out once for each release, part, zone and language."""
    whole = (found.release.id, found.conference, found.hidden, name, key, _zone(), language())
    return current(PartsKept).get(
        whole,
        lambda: Markup(render_template(f"releases/visit/{name}.html", **_frame(found), **make())),  # noqa: S704
    )


def _frame(found: Publication) -> dict[str, Any]:
    zone = _zone()
    changed = reading.changes(found.release)
    tracks = {each.track: each.track_title for each in found.entries if each.track}
    rooms = {each.room: each.room_name for each in found.entries}
    return {
        "found": found,
        "conference": found.conference,
        "release": found.release,
        "days": [each for each in found.days if any(found.day_of(entry) == each for entry in found.entries)],
        "tracks": sorted(tracks.items(), key=lambda each: each[1]),
        "rooms": sorted(rooms.items(), key=lambda each: each[1]),
        "zone": zone,
        "zones": zones_to_choose(locale()),
        "zones_doubted": _zones_doubted(),
        "hour": lambda instant: hour_in_words(instant, zone=found.zone, locale=locale()),
        "there": lambda entry: _there(found, entry, zone),
        "stretch": lambda entry: in_page_language(Span(entry.starts, entry.ends, found.zone, by_half_days=True)),
        "marker": lambda entry: in_page_language(changed.get(entry.session, "")),
        "kinds": KIND_WORDS,
        "weekday": lambda day: format_date(day, "EEEE", locale=locale()),
        "short_day": lambda day: format_date(day, _SHORT_DAYS[locale()], locale=locale()),
        "to": lambda name, **values: _to(found, name, zone, **values),
    }


def _to(found: Publication, name: str, zone: str, **values: Any) -> str:
    """A link to another of these pages, which keeps the reader's time zone."""
    return url_for(f"visiting.{name}", conference=found.conference.id, zone=zone or None, **values)


def _there(found: Publication, entry: Entry, zone: str) -> str:
    """`5:00 PM in Amsterdam`, with the day where it is another; empty where the reader has no zone of their own."""
    if not zone or zone == found.zone:
        return ""
    local = entry.starts.astimezone(ZoneInfo(zone))
    time, place = hour_in_words(entry.starts, zone=zone, locale=locale()), city_in_words(zone, locale())
    if local.date() == found.day_of(entry):
        return gettext("%(time)s in %(place)s", time=time, place=place)
    day = format_date(local, "EEEE", locale=locale())
    return gettext("%(time)s in %(place)s, %(day)s", time=time, place=place, day=day)


def _zone() -> str:
    """The reader's own time zone, if they named one: `Paris` is enough where one zone has that name."""
    asked = request.args.get("zone", "")
    meant = [asked] if asked in offered_zones() else zones_meant(asked, locale())
    return meant[0] if len(meant) == 1 else ""


def _zones_doubted() -> tuple[str, ...] | None:
    """What the reader may have meant by a name that no zone has, or several; None when nothing is in doubt."""
    asked = request.args.get("zone", "").strip()
    return zones_meant(asked, locale()) if asked and not _zone() else None


def _day(found: Publication) -> date:
    """The day asked for, today while the conference runs, or its first one."""
    asked, today = request.args.get("day", ""), day_in(found.zone, business_now())
    with_sessions = sorted({found.day_of(each) for each in found.entries}) or [found.conference.starts]
    by_name = {each.isoformat(): each for each in with_sessions}
    return by_name.get(asked) or by_name.get(today.isoformat()) or with_sessions[0]


def _is_on(found: Publication) -> bool:
    return day_in(found.zone, business_now()) in found.days and not found.conference.is_cancelled
