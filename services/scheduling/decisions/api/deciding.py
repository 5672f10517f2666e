"""The life of a decision over HTTP: each step is asked for by itself, by whoever it belongs to."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response, url_for

from services.scheduling.conferences.store import conference_of
from services.scheduling.decisions.commands import deciding
from services.scheduling.decisions.domain.decision import Decision, Doer
from services.scheduling.decisions.domain.refusals import DecisionUnknown
from services.scheduling.decisions.schemas import deciding as schemas
from services.scheduling.decisions.store import decisions as store
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, principal, session, settings
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "decisions", __name__, url_prefix="/scheduling", description="Decisions about conferences, each by two people."
)


def _life(decision: Decision) -> dict[str, Any]:
    return schemas.life_json(decision, settings=settings())


def _done(command: Callable[..., Any], **arguments: Any) -> Any:
    who, key = principal(), idempotency_key()
    by = Doer.of(who, session=session())
    return idempotency.run_once(database(), command, key=key, scope=who.scope, answer=_life, by=by, **arguments)


@blueprint.route("/conferences/<conference>/decisions")
@desk(Action.SEE_PROGRESS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.LivesAnswer)
def list_decisions(conference: str) -> Response:
    """The decisions about a conference, the newest first."""
    known = conference_of(database(), conference)
    return jsonify({"items": [_life(each) for each in store.decisions_about(database(), known.id)]})


@blueprint.route("/conferences/<conference>/decisions", methods=["POST"])
@desk(Action.PREPARE_DECISIONS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.DraftRequest)
@blueprint.response(201, schemas.LifeAnswer)
def draft_decision(asked: dict[str, Any], conference: str) -> Response:
    """Write down what is to be decided; nothing happens by it."""
    facts = schemas.facts_of(asked)
    made = _done(deciding.draft_decision, conference=conference, kind=asked["kind"], facts=facts)
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("decisions.get_decision", decision=made["id"])
    return response


@blueprint.route("/decisions/<decision>")
@desk(Action.SEE_PROGRESS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.LifeAnswer)
def get_decision(decision: str) -> Response:
    """One decision, and what has been done to it."""
    found = store.decision_of(database(), decision)
    if found is None:
        raise DecisionUnknown("There is no decision under this address.")
    return jsonify(_life(found))


@blueprint.route("/decisions/<decision>", methods=["PUT"])
@desk(Action.PREPARE_DECISIONS)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.EditRequest)
@blueprint.response(200, schemas.LifeAnswer)
def edit_decision(asked: dict[str, Any], decision: str) -> Response:
    """Decide something else: it is a draft again, and is proposed and approved anew."""
    facts = schemas.facts_of(asked)
    return jsonify(_done(deciding.edit_decision, decision=decision, facts=facts, revision=asked["revision"]))


@blueprint.route("/decisions/<decision>/preview", methods=["POST"])
@desk(Action.PREPARE_DECISIONS)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.RevisionRequest)
@blueprint.response(200, schemas.LifeAnswer)
def preview_decision(asked: dict[str, Any], decision: str) -> Response:
    """Keep what it would touch now, to be approved with it; changes nothing else."""
    return jsonify(_done(deciding.preview_decision, decision=decision, **asked))


@blueprint.route("/decisions/<decision>/propose", methods=["POST"])
@desk(Action.PREPARE_DECISIONS)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.RevisionRequest)
@blueprint.response(200, schemas.LifeAnswer)
def propose_decision(asked: dict[str, Any], decision: str) -> Response:
    """Ask a second person for it."""
    return jsonify(_done(deciding.propose_decision, decision=decision, **asked))


@blueprint.route("/decisions/<decision>/approve", methods=["POST"])
@desk(Action.APPROVE_DECISIONS)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.ApproveRequest)
@blueprint.response(200, schemas.LifeAnswer)
def approve_decision(asked: dict[str, Any], decision: str) -> Response:
    """Agree to it as the second person, exactly as it was read; once it is begun, to what has changed since."""
    read = asked.pop("preview")
    return jsonify(_done(deciding.approve_decision, decision=decision, read=read, **asked))


@blueprint.route("/decisions/<decision>/return", methods=["POST"])
@desk(Action.APPROVE_DECISIONS)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.ReturnRequest)
@blueprint.response(200, schemas.LifeAnswer)
def return_decision(asked: dict[str, Any], decision: str) -> Response:
    """Hand it back to who proposed it, and say what should be otherwise."""
    return jsonify(_done(deciding.return_decision, decision=decision, **asked))


@blueprint.route("/decisions/<decision>/arm", methods=["POST"])
@desk(Action.PREPARE_DECISIONS)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.RevisionRequest)
@blueprint.response(200, schemas.LifeAnswer)
def arm_decision(asked: dict[str, Any], decision: str) -> Response:
    """Set it going: registration closes, all confirm it, and it is carried out when the time to undo it is over."""
    return jsonify(_done(deciding.arm_decision, decision=decision, **asked))


@blueprint.route("/decisions/<decision>/withdraw", methods=["POST"])
@desk(Action.UNDO_DECISIONS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.LifeAnswer)
def withdraw_decision(decision: str) -> Response:
    """Give it up, or undo it while there is time: nobody was told, and no money has moved."""
    return jsonify(_done(deciding.withdraw_decision, decision=decision))
