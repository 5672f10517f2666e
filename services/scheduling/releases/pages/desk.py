"""The committee's pages of releases: what one would do, the form that does it, what was published, and back again."""

from collections.abc import Mapping
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import conference_of
from services.scheduling.releases import schemas
from services.scheduling.releases.commands import releases as commands
from services.scheduling.releases.commands.preview import preview
from services.scheduling.releases.domain import differences, sentences
from services.scheduling.releases.domain.formats.publication import domain_of
from services.scheduling.releases.domain.releases import DraftChanged, Release, ReleaseUnknown
from services.scheduling.releases.domain.releasing import Seen
from services.scheduling.releases.store import printing
from services.scheduling.releases.store import releases as store
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import business_now, database, principal, settings
from shared.web.forms import Form, once, read, refused

ROLE_WORDS: Mapping[str, tuple[str, str]] = {
    "speaker": ("speaker", "speakers"),
    "holds_seat": ("with a seat", "with seats"),
    "waits": ("waiting", "waiting"),
    "starred": ("starred it", "starred it"),
}

blueprint = Blueprint("release_pages", __name__, url_prefix="/scheduling/desk/conferences/<conference>/releases")


@blueprint.get("")
@desk(Action.SEE_PROGRAMME)
def show_releases(conference: str) -> Response:
    """What a release of the draft would do, the form for it, and what was published so far."""
    return _page(conference_of(database(), conference), Form())


@blueprint.post("")
@desk(Action.PUBLISH_PROGRAMME)
def release_programme(conference: str) -> Response:
    """Publish the draft as this page showed it."""
    known = conference_of(database(), conference)
    try:
        asked = read(schemas.ReleaseForm())
        made = once(
            commands.release_programme,
            answer=lambda release: {"name": release.name},
            conference=conference,
            name=asked["name"],
            remark=asked["remark"].strip(),
            seen=_seen(asked["seen"]),
            domain=_domain(),
            by=principal().words,
        )
    except Refusal as refusal:
        return _page(known, refused(refusal), status=refusal.status)
    flash(f"“{made['name']}” is released. The people whom it touches are being told, once each.")
    return cast(Response, redirect(url_for("release_pages.show_releases", conference=conference), 303))


@blueprint.get("/<int:number>")
@desk(Action.SEE_PROGRAMME)
def show_release(conference: str, number: int) -> str:
    """One release: what it changed, since the one before or since any other."""
    known, release = conference_of(database(), conference), _release(conference, number)
    since = request.args.get("since", default=number - 1, type=int)
    changed = release.differences
    if since != number - 1:
        changed = differences.between(store.release(database(), conference, since), release)
    return render_template(
        "releases/release.html",
        conference=known,
        release=release,
        since=since,
        sentences=[sentences.sentence(each, zone=known.zone) for each in changed],
        news=store.fanouts(database(), conference).get(number),
        earlier=range(1, number),
        form=Form(),
    )


@blueprint.post("/<int:number>/reset")
@desk(Action.PUBLISH_PROGRAMME)
def reset_draft(conference: str, number: int) -> Response:
    """Set the draft back to this release; what is published stays so."""
    release = _release(conference, number)
    once(commands.reset_draft, conference=conference, number=number, by=principal().words)
    flash(f"The draft is as “{release.name}” was. Nothing is published by this: look at the preview, then release it.")
    return cast(Response, redirect(url_for("release_pages.show_releases", conference=conference), 303))


def _page(conference: Conference, form: Form, *, status: int = 200) -> Response:
    shown, refusal = None, ""
    try:
        shown = preview(database(), conference.id, domain=_domain())
    except Refusal as found:  # a cancelled conference: its releases can still be read
        refusal = found.detail
    page = render_template(
        "releases/releases.html",
        conference=conference,
        form=form,
        preview=shown,
        closed=refusal,
        releases=store.headings(database(), conference.id),
        news=store.fanouts(database(), conference.id),
        role_words=ROLE_WORDS,
        now=business_now(),
    )
    return make_response(page, status)


def _seen(text: str) -> Seen:
    seen = Seen.read(text)
    if seen is None:
        raise DraftChanged("Nothing was released: this page was not complete. Look at the preview as it is now.")
    return seen


def _domain() -> str:
    return domain_of(printing.organizer(settings()))


def _release(conference: str, number: int) -> Release:
    found = store.release(database(), conference, number)
    if found is None:
        raise ReleaseUnknown(f"Nothing was published under number {number}.")
    return found
