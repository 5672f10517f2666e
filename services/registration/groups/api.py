"""Registering several people for one payer, as JSON over HTTP."""

from dataclasses import replace
from functools import partial

from flask import Response, jsonify, request

from services.registration.associations.store import spoken
from services.registration.groups import commands
from services.registration.groups.domain import Group
from services.registration.groups.schemas import GroupShape, PlacedAnswer, placed_json
from services.registration.registering.schemas.pace import must_be_slow_together
from shared import reach
from shared.idempotency import run_once
from shared.mongo import Database
from shared.parts import current
from shared.principals import Action
from shared.web.current import database, principal, settings
from shared.web.documented import KEY, Blueprint, documented, idempotency_key

blueprint = Blueprint("groups_api", __name__, url_prefix="/registration", description="Several people for one payer.")


@blueprint.route("/orders", methods=["POST"])
@documented(400, 404, 409, 422, 429, 503)
@blueprint.doc(parameters=[KEY])
@blueprint.arguments(GroupShape())
@blueprint.response(201, PlacedAnswer)
def place_order(group: Group) -> Response:
    """Register several people for one conference on one order, which one payer pays: all of them, or nobody."""
    who = principal()
    if not who.is_staff:
        must_be_slow_together(group.payer.email, count=len(group.people))
    group = _spoken(group)
    is_for_them = request.authorization is not None and who.may(Action.REGISTER_OTHERS, reach.about(group.conference))
    answer = run_once(
        database(),
        commands.register_together,
        key=idempotency_key(),
        scope=who.scope,
        answer=partial(placed_json, settings=settings()),
        group=group,
        is_by_committee=is_for_them,  # a cookie alone is no such word
    )
    response = jsonify(answer)
    response.status_code = 201
    return response


def _spoken(group: Group) -> Group:
    """Everybody with a language in which they are written to."""
    first = spoken(current(Database), "", conference=group.conference)
    people = tuple(
        replace(each, person=replace(each.person, language=each.person.language or first)) for each in group.people
    )
    return replace(group, people=people, payer=replace(group.payer, language=group.payer.language or first))
