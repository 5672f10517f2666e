"""What everybody may have of a published programme: calendars, exchange formats, and what was changed.

All of it may be kept by whoever asks and is asked for again with its ETag; a release never changes.
"""

from dataclasses import replace
from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template, request

from services.scheduling.agendas.store import agendas
from services.scheduling.conferences.store import NONE, conference_of
from services.scheduling.releases.domain import differences, sentences
from services.scheduling.releases.domain.formats.publication import Publication, Spoken
from services.scheduling.releases.domain.releases import Difference, ReleaseUnknown, What
from services.scheduling.releases.store import releases as store
from services.scheduling.releases.store.printing import Printed, Printer
from shared.problem import NotFound
from shared.sentences import marked
from shared.web.current import database, settings
from shared.web.languages import by_address, gettext, language, locale, offer_all
from shared.web.words import in_page_language

blueprint = Blueprint("release_public", __name__, url_prefix="/scheduling")
offer_all(blueprint)


class NotPublished(NotFound):
    """This conference has no programme for everybody yet."""


@blueprint.get("/conferences/<conference>/programme.ics")
def get_calendar(conference: str) -> Response:
    """The whole programme as a calendar to subscribe to."""
    return _served(printer().programme(_spoken(published(conference)), "ics"))


@blueprint.get("/conferences/<conference>/programme/sessions/<session>.ics")
def get_session_calendar(conference: str, session: str) -> Response:
    """One session as a calendar."""
    found = published(conference)
    if session not in {each.session for each in found.entries}:
        raise NotFound(marked("There is no such session in this programme."))
    return _served(printer().session(_spoken(found), session))


@blueprint.get("/conferences/<conference>/programme/schedule.<any(json, xml, xcal, jsonld):form>")
def get_schedule(conference: str, form: str) -> Response:
    """The whole programme in a format that apps, calendars or search engines read; `?v=2` is JSON with states."""
    is_second = form == "json" and request.args.get("v") == "2"
    return _served(printer().programme(_spoken(published(conference)), "json2" if is_second else form))


@blueprint.get("/conferences/<conference>/programme/changes.atom")
def get_changes_feed(conference: str) -> Response:
    """What releases have changed, as a feed."""
    return _served(printer().changes(_spoken(published(conference))))


@blueprint.get("/feeds/<token>.ics")
def get_personal_calendar(token: str) -> Response:
    """Somebody's own agenda as a calendar; who has the address may read it, until it is revoked."""
    agenda = agendas.agenda_of_feed(database(), token)
    if agenda is None:
        raise NotFound(marked("This calendar is not there any more. Its owner may have given it a new address."))
    rosters = agendas.rosters_of(database(), agenda.claims)
    seats = {session for session, roster in rosters.items() if roster.seat_of(agenda.person)}
    chosen = frozenset({*agenda.stars, *seats})
    response = _served(printer().personal(_spoken(published(agenda.conference)), chosen, agenda=agenda.id))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/conferences/<conference>/programme/changes")
def show_changes(conference: str) -> str:
    """What the last release changed, or another one, or all since one."""
    found = published(conference)
    number, since = request.args.get("release", type=int), request.args.get("since", type=int)
    release = found.release if number is None else store.release(database(), conference, number)
    if release is None or release.number > found.release.number:
        raise ReleaseUnknown(marked("There is no release of this number. The last one is on the page of changes."))
    changed: tuple[Difference, ...] = release.differences
    if since is not None:
        changed = differences.between(store.release(database(), conference, since), release)
    told = [each for each in changed if set(each.what) != {What.WORDING}]
    return render_template(
        "releases/changes.html",
        conference=found.conference,
        release=release,
        since=since,
        told=[(each, in_page_language(sentences.told(each, zone=found.zone))) for each in told]
        if release.number > 1
        else [],
        releases=store.headings(database(), conference),
        is_latest=release.number == found.release.number,
    )


def published(conference: str) -> Publication:
    """What is published of a conference; raises what is refused."""
    found = printer().current(conference_of(database(), conference, drafts=NONE))
    if found is None:
        raise NotPublished(marked("The programme of this conference is not published yet. Please come back later."))
    return found


def printer() -> Printer:
    """The one printer of this process."""
    kept = current_app.extensions.get("reconvene_printer")
    if kept is None:
        kept = current_app.extensions.setdefault("reconvene_printer", Printer(database(), settings()))
    return cast(Printer, kept)


def _spoken(found: Publication) -> Publication:
    """The same in the language that the address asks for: whoever keeps a file has no browser's."""
    by_address()
    return replace(found, spoken=Spoken(language=language(), locale=locale(), translated=gettext))


def _served(printed: Printed) -> Response:
    response = make_response(printed.content)
    response.content_type = printed.kind
    response.set_etag(printed.etag)
    response.last_modified = printed.changed_at
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"  # apps in browsers read schedules from anywhere
    return cast(Response, response.make_conditional(request))
