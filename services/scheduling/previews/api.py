"""Previews over HTTP as JSON: ask what a decision would do, and read what was answered."""

from typing import Any

from flask import Response, jsonify, make_response, url_for

from services.scheduling.previews import commands, schemas, store
from services.scheduling.previews.domain.preview import Kind
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "previews_api", __name__, url_prefix="/scheduling", description="What a decision would do, before it is taken."
)


@blueprint.route("/conferences/<conference>/previews", methods=["POST"])
@desk(Action.FORESEE_CANCELLATIONS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.PreviewRequest)
@blueprint.response(202, schemas.ConsequencesAnswer)
def ask_preview(asked: dict[str, Any], conference: str) -> Response:
    """Ask every service what a decision would do to its own part; it changes nothing."""
    asked["kind"] = Kind(asked["kind"])
    made = idempotency.run_once(
        database(),
        commands.ask_preview,
        key=idempotency_key(),
        scope=principal().scope,
        answer=schemas.preview_json,
        conference=conference,
        **asked,
    )
    response = make_response(jsonify(made), 202)
    response.headers["Location"] = url_for("previews_api.get_preview", preview=made["preview"])
    return response


@blueprint.route("/previews/<preview>")
@desk(Action.FORESEE_CANCELLATIONS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.ConsequencesAnswer)
def get_preview(preview: str) -> Response:
    """What was answered so far, service by service."""
    return jsonify(schemas.preview_json(store.preview(database(), preview)))
