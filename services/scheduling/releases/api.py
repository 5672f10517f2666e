"""Releases as JSON over HTTP: what one would do, publish, list, compare, and set the draft back.

A release says with If-Match which draft was looked at: the `seen` of the preview.
"""

from typing import Any

from flask import Response, jsonify, make_response, request, url_for

from services.scheduling.conferences.store import conference_of
from services.scheduling.releases import schemas
from services.scheduling.releases.commands import releases as commands
from services.scheduling.releases.commands.preview import preview
from services.scheduling.releases.domain import differences
from services.scheduling.releases.domain.formats.publication import domain_of
from services.scheduling.releases.domain.releases import DraftNotSeen, Release, ReleaseUnknown
from services.scheduling.releases.domain.releasing import Seen
from services.scheduling.releases.store import printing
from services.scheduling.releases.store import releases as store
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, principal, settings
from shared.web.documented import KEY, ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "releases",
    __name__,
    url_prefix="/scheduling/conferences/<conference>/releases",
    description="The programme as it is published, release by release.",
)

_IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": '^"?[0-9]+\\.[0-9]+\\.[0-9a-f]+"?$'},
    "description": "The `seen` of the preview that was looked at.",
}
_SEEN_ONCE: dict[str, Any] = {**SIGNED_IN, "parameters": [KEY, _IF_MATCH]}


@blueprint.route("")
@desk(Action.SEE_RELEASES)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.ReleasesPage, location="query")
@blueprint.response(200, schemas.ReleasesAnswer)
def list_releases(page: dict[str, Any], conference: str) -> Response:
    """What was published, the newest first, and how far its news has come."""
    conference_of(database(), conference)
    limit = page["limit"]
    found = store.headings(database(), conference, before=page["before"], limit=limit + 1)
    news = store.fanouts(database(), conference)
    items = [schemas.release_json(each, news=news.get(each.number)) for each in found[:limit]]
    return jsonify({"items": items, "next": found[limit - 1].number if len(found) > limit else None})


@blueprint.route("", methods=["POST"])
@desk(Action.PUBLISH_PROGRAMME)
@documented(400, 401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**_SEEN_ONCE)
@blueprint.arguments(schemas.NewRelease)
@blueprint.response(201, schemas.ReleaseAnswer)
def release_programme(asked: dict[str, Any], conference: str) -> Response:
    """Publish the draft as it was previewed; the people whom it touches are told once each."""
    seen = Seen.read(request.headers.get("If-Match", ""))
    if seen is None:
        raise DraftNotSeen(
            "A release says which draft it publishes. Nothing was released; send the preview's `seen` as If-Match."
        )
    made = idempotency.run_once(
        database(),
        commands.release_programme,
        key=idempotency_key(),
        scope=principal().scope,
        answer=schemas.release_json,
        conference=conference,
        seen=seen,
        domain=domain_of(printing.organizer(settings())),
        by=editor(),
        **asked,
    )
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("releases.get_release", conference=conference, number=made["number"])
    return response


@blueprint.route("/preview")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 409, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.ReleasePreviewAnswer)
def preview_release(conference: str) -> Response:
    """What a release of the draft as it is now would do; looking leaves no trace."""
    known = conference_of(database(), conference)
    found = preview(database(), conference, domain=domain_of(printing.organizer(settings())))
    response = jsonify(schemas.preview_json(found, zone=known.zone))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/<int:number>")
@desk(Action.SEE_RELEASES)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.WholeReleaseAnswer)
def get_release(conference: str, number: int) -> Response:
    """One release with its sessions."""
    found = _release(conference, number)
    news = store.fanouts(database(), conference).get(number)
    entries = [schemas.entry_json(each) for each in found.entries]
    return jsonify({**schemas.release_json(found, news=news), "entries": entries})


@blueprint.route("/<int:number>/changes")
@desk(Action.SEE_RELEASES)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.Since, location="query")
@blueprint.response(200, schemas.ChangesAnswer)
def list_changes(asked: dict[str, Any], conference: str, number: int) -> Response:
    """What was changed up to this release since the one before, or since any other."""
    known, found = conference_of(database(), conference), _release(conference, number)
    since = number - 1 if asked["since"] is None else asked["since"]
    changed = found.differences
    if since != number - 1:
        changed = differences.between(_release(conference, since) if since else None, found)
    told = [schemas.difference_json(each, zone=known.zone) for each in changed]
    return jsonify({"number": number, "since": since, "differences": told})


@blueprint.route("/<int:number>/reset", methods=["POST"])
@desk(Action.PUBLISH_PROGRAMME)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.ReleaseAnswer)
def reset_draft(conference: str, number: int) -> Response:
    """Set the draft back to this release; what is published stays so."""
    found = _release(conference, number)
    idempotency.run_once(
        database(),
        commands.reset_draft,
        key=idempotency_key(),
        scope=principal().scope,
        answer=lambda programme: programme.revision,
        conference=conference,
        number=number,
        by=editor(),
    )
    return jsonify(schemas.release_json(found))


def editor() -> str:
    """Who releases, as others at the desk are told."""
    return principal().words


def _release(conference: str, number: int) -> Release:
    found = store.release(database(), conference, number)
    if found is None:
        raise ReleaseUnknown(f"Nothing was published under number {number}.")
    return found
