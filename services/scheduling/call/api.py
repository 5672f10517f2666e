"""The call's JSON over HTTP: its terms for everybody, its proposals and withdrawals for the committee."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify

from services.scheduling.call import store
from services.scheduling.call.commands import proposals as commands
from services.scheduling.call.commands import speaking as speaker_commands
from services.scheduling.call.domain.call import CallUnknown, Terms
from services.scheduling.call.domain.proposals import ProposalUnknown
from services.scheduling.call.schemas import answers
from services.scheduling.call.schemas import requests as schemas
from services.scheduling.call.schemas.answers import call_json, listed_json, proposal_json, withdrawal_json
from services.scheduling.conferences.store import Drafts, conference_of
from services.scheduling.programme.api.programme import SEEN, SEEN_ONCE, seen
from services.scheduling.programme.store.asked import editor
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "call_api", __name__, url_prefix="/scheduling/conferences/<conference>", description="The call for sessions."
)

_ETAG = {"ETag": {"schema": {"type": "string"}}}


@blueprint.route("/call/terms")
@documented(401, 404, 503)
@blueprint.response(200, answers.CallAnswer, headers=_ETAG)
def get_call(conference: str) -> Response:
    """When proposals are taken, and for what."""
    known = conference_of(database(), conference, drafts=Drafts.seen_by(principal()))
    call = store.call(database(), conference)
    if call is None:
        raise CallUnknown("This conference has no call for sessions.")
    response = jsonify(call_json(call, known, now=database().clock.now()))
    response.set_etag(str(call.revision))
    return response


@blueprint.route("/call/terms", methods=["PUT"])
@desk(Action.DECIDE_PROPOSALS)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.TermsShape)
@blueprint.response(200, answers.CallAnswer, headers=_ETAG)
def put_call(asked: Terms, conference: str) -> Response:
    """Set when proposals are taken, and for what."""
    known = conference_of(database(), conference)
    call = database().run(commands.set_call, conference=conference, asked=asked, seen=seen(), by=editor())
    response = jsonify(call_json(call, known, now=database().clock.now()))
    response.set_etag(str(call.revision))
    return response


@blueprint.route("/proposals")
@desk(Action.SEE_PROPOSALS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.ProposalsAnswer)
def list_proposals(conference: str) -> Response:
    """Everything that was proposed, in the order of its coming."""
    conference_of(database(), conference)
    return jsonify({"items": [listed_json(*each) for each in store.proposals(database(), conference)]})


@blueprint.route("/proposals/<session>")
@desk(Action.SEE_PROPOSALS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.ListedProposalAnswer, headers=_ETAG)
def get_proposal(conference: str, session: str) -> Response:
    """One proposal; its ETag is its session's."""
    found = store.proposal_with_version(database(), session)
    if found is None or found[0].conference != conference:
        raise ProposalUnknown("There is no proposal under this address.")
    proposal, known, version = found
    response = jsonify(listed_json(proposal, known))
    response.set_etag(str(version))
    return response


@blueprint.route("/proposals/<session>/reviews", methods=["POST"])
@desk(Action.DECIDE_PROPOSALS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.ReviewShape)
@blueprint.response(200, answers.ProposalAnswer)
def review_proposal(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Keep one reviewer's opinion; a later one of theirs takes its place."""
    _must_be_proposed(conference, session)
    return jsonify(_once(commands.review_proposal, answer=proposal_json, session=session, **asked))


@blueprint.route("/proposals/<session>/decision", methods=["POST"])
@desk(Action.DECIDE_PROPOSALS)
@documented(400, 401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN_ONCE)
@blueprint.arguments(schemas.DecisionShape)
@blueprint.response(200, answers.ProposalAnswer)
def decide_proposal(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Accept or decline; who proposed it is told at once."""
    _must_be_proposed(conference, session)
    told = {"session": session, "remark": asked["remark"], "seen": seen(), "by": editor()}
    if asked["is_accepted"]:
        made = _once(commands.accept_proposal, answer=proposal_json, code=asked["code"], **told)
    else:
        made = _once(commands.decline_proposal, answer=proposal_json, **told)
    return jsonify(made)


@blueprint.route("/withdrawals")
@desk(Action.SEE_PROPOSALS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.WithdrawalsAnswer)
def list_withdrawals(conference: str) -> Response:
    """Who has left a session, where it isn't decided yet what becomes of it."""
    conference_of(database(), conference)
    return jsonify({"items": [withdrawal_json(each) for each in store.open_withdrawals(database(), conference)]})


@blueprint.route("/withdrawals/<withdrawal>/settle", methods=["POST"])
@desk(Action.DECIDE_PROPOSALS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.OutcomeShape)
@blueprint.response(200, answers.WithdrawalAnswer)
def settle_withdrawal(asked: dict[str, Any], conference: str, withdrawal: str) -> Response:
    """Say what becomes of a session that a speaker has left."""
    made = _once(
        speaker_commands.settle_withdrawal,
        answer=withdrawal_json,
        conference=conference,
        withdrawal=withdrawal,
        **asked,
    )
    return jsonify(made)


def _must_be_proposed(conference: str, session: str) -> None:
    found = store.proposal_with_version(database(), session)
    if found is None or found[0].conference != conference:
        raise ProposalUnknown("There is no proposal under this address. Nothing was changed.")


def _once(command: Callable[..., Any], *, answer: Callable[[Any], Any], **arguments: Any) -> Any:
    return idempotency.run_once(
        database(), command, key=idempotency_key(), scope=principal().scope, answer=answer, **arguments
    )
