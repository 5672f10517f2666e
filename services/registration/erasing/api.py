"""Erasing a person over HTTP."""

from typing import Any

from flask import Response, jsonify

from services.registration.correcting.domain.corrections import PersonUnknown
from services.registration.erasing import commands, schemas
from services.registration.erasing.domain import Erasure
from services.registration.erasing.store import erasure_of, ids_now, obstacles_now, registrations_about, whom_now
from shared.auth import desk
from shared.idempotency import run_once
from shared.principals import Action
from shared.web.current import business_now, database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "erasures_api",
    __name__,
    url_prefix="/registration/people",
    description="People and payers who are erased: what says who they were is destroyed, amounts and numbers stay.",
)


@blueprint.route("/<person>/erasure")
@desk(Action.ERASE_PEOPLE)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.ErasureAnswer)
def get_erasure(person: str) -> Response:
    """How far the erasure of a person or a payer is, and what registration knows that is in its way."""
    return jsonify(_json(person))


@blueprint.route("/<person>/erasure", methods=["POST"])
@desk(Action.ERASE_PEOPLE)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.ErasureShape)
@blueprint.response(202, schemas.ErasureAnswer)
def ask_erasure(asked: dict[str, Any], person: str) -> tuple[Response, int]:
    """Erase a person or a payer for good, as soon as payments has answered that no money of theirs is open."""
    who = principal()
    run_once(
        database(),
        commands.ask_erasure,
        key=idempotency_key(),
        scope=who.scope,
        answer=_id,
        person=person,
        by=who.words,
        **asked,
    )
    return jsonify(_json(person)), 202


def _id(erasure: Erasure) -> str:
    return erasure.id


def _json(id_: str) -> dict[str, Any]:
    whom = whom_now(database(), id_)
    if whom is None:
        raise PersonUnknown("There is nobody under this address. Nothing was changed.")
    registrations = registrations_about(database(), ids_now(database(), whom))
    obstacles = obstacles_now(database(), whom, registrations, now=business_now())
    return schemas.erasure_json(whom, erasure_of(database(), id_), obstacles=obstacles)
