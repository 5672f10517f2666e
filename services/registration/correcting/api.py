"""What is known about a person, and its correction, over HTTP; both belong to the desks."""

from typing import Any

from flask import Response, jsonify

from services.registration.correcting import commands, schemas
from services.registration.correcting.domain.corrections import PersonUnknown
from services.registration.correcting.store import corrections_of, registrations_of
from services.registration.people.domain import Person
from services.registration.people.store import PEOPLE, read
from shared.auth import desk
from shared.idempotency import run_once
from shared.principals import Action
from shared.web.current import database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "people_api",
    __name__,
    url_prefix="/registration/people",
    description="People: how they are reached, and corrected.",
)


@blueprint.route("/<person>")
@desk(Action.SEE_REGISTRATIONS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.PersonAnswer)
def get_person(person: str) -> Response:
    """What is known about a person, what they are registered for, and what was corrected."""
    return jsonify(_json(person))


@blueprint.route("/<person>/corrections", methods=["POST"])
@desk(Action.CORRECT_PEOPLE)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.CorrectionShape)
@blueprint.response(200, schemas.PersonAnswer)
def correct_person(asked: dict[str, Any], person: str) -> Response:
    """Correct a name, an address or a language at once; all services and all messages from then on follow."""
    who = principal()
    run_once(
        database(),
        commands.correct_by_desk,
        key=idempotency_key(),
        scope=who.scope,
        answer=_id,
        person=person,
        by=who.words,
        **asked,
    )
    return jsonify(_json(person))


def _id(person: Person) -> str:
    return person.id


def _json(id_: str) -> dict[str, Any]:
    known = read(database(), PEOPLE, id_)
    if known is None:
        raise PersonUnknown("There is nobody under this address.")
    return schemas.person_json(
        known,
        registrations=registrations_of(database(), [known.id]),
        corrections=corrections_of(database(), known.id),
    )
