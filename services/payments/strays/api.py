"""Money that fits nothing of ours, over HTTP."""

from typing import Any

from flask import Response

from services.payments.strays import commands as strays_commands
from services.payments.strays import schemas
from services.payments.strays.store import find_strays
from shared.auth import desk
from shared.principals import Action
from shared.web.answering import made, page_of
from shared.web.current import database
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented

blueprint = Blueprint("strays", __name__, url_prefix="/payments", description="Card payments that fit no order.")


@blueprint.route("/strays")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.StraysShape, location="query")
@blueprint.response(200, schemas.StraysAnswer, headers=LINK)
def list_strays(asked: dict[str, Any]) -> Response:
    """Card payments that fit no order: for an order that we don't know, or in another currency than it."""
    found = find_strays(database(), is_open=asked["state"] == "open", after=asked["after"], limit=asked["limit"] + 1)
    return page_of(found, asked, schemas.stray_json)


@blueprint.route("/strays/<stray>/look", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.LookShape)
@blueprint.response(200, schemas.StrayAnswer)
def note_look(asked: dict[str, Any], stray: str) -> Response:
    """Say what was done about a payment that fits no order; it leaves the list of the open ones."""
    return made(strays_commands.note_look, schemas.stray_json, status=200, stray=stray, **asked)
