"""Notifications' JSON over HTTP: what was sent and what was not; all of it belongs to the desks."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, url_for

from services.notifications.delivery import commands, schemas
from services.notifications.messages.domain.messages import Message
from services.notifications.messages.store import documents
from shared import idempotency, reach
from shared.auth import desk
from shared.principals import Action
from shared.problem import NotFound
from shared.web.current import database, principal
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "api", __name__, url_prefix="/notifications", description="Messages: what was sent, to whom, and what came back."
)


@blueprint.route("/messages")
@desk(Action.SEE_MESSAGES)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.MessageSearch, location="query")
@blueprint.response(200, schemas.MessagesAnswer, headers=LINK)
def list_messages(search: dict[str, Any]) -> Response:
    """Messages, the newest first."""
    query = {name: value for name, value in search.items() if name != "after"}
    where = {name: value for name, value in query.items() if name != "limit"}
    page = documents.message_page(database(), where=where, after=search.get("after"), limit=search["limit"])
    response = jsonify({"items": [schemas.message_json(each) for each in page.messages], "next": page.next})
    if page.next:
        response.headers["Link"] = f'<{url_for("api.list_messages", after=page.next, **query)}>; rel="next"'
    return response


@blueprint.route("/messages/<message>")
@desk(Action.SEE_MESSAGES)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.WholeMessageAnswer)
def get_message(message: str) -> Response:
    """One message, with its words once it is written."""
    found = documents.message(database(), message)
    if found is None:
        raise NotFound("There is no message under this address.")
    return jsonify(schemas.whole_message_json(found, documents.words_of(database(), found)))


@blueprint.route("/messages/<message>/send-again", methods=["POST"])
@desk(Action.SEND_MESSAGES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.MessageAnswer)
def send_again(message: str) -> Response:
    """Send a message once more, to the address that is known now; the recipient may then have it twice."""
    return jsonify(_once(commands.send_again, message=message))


@blueprint.route("/messages/<message>/arrived", methods=["POST"])
@desk(Action.SEND_MESSAGES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.MessageAnswer)
def confirm_arrival(message: str) -> Response:
    """Say that a message in doubt has arrived; nothing is sent."""
    return jsonify(_once(commands.confirm_arrival, message=message))


@blueprint.route("/messages/<message>/mail", methods=["POST"])
@desk(Action.SEND_MESSAGES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.MessageAnswer)
def write_mail_instead(message: str) -> Response:
    """Send by mail what went by letter, or was not written yet."""
    return jsonify(_once(commands.write_mail_instead, message=message))


@blueprint.route("/messages/<message>/told", methods=["POST"])
@desk(Action.SEND_MESSAGES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.ToldOtherwise)
@blueprint.response(200, schemas.MessageAnswer)
def note_told(asked: dict[str, Any], message: str) -> Response:
    """Note that the recipient was told another way, and how; nothing of it is sent any more."""
    return jsonify(_once(commands.note_told, message=message, **asked))


@blueprint.route("/messages/<message>/letter", methods=["POST"])
@desk(Action.SEND_MESSAGES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.MessageAnswer)
def write_letter_instead(message: str) -> Response:
    """Put a message into the print queue, with the postal address that is known now."""
    return jsonify(_once(commands.write_letter_instead, message=message))


@blueprint.route("/posted", methods=["POST"])
@desk(Action.SEND_MESSAGES)
@documented(400, 401, 403, 404, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.LettersPosted)
@blueprint.response(200, schemas.PostedAnswer)
def post_letters(asked: dict[str, Any]) -> Response:
    """Mark letters as given to the post, all of them or none."""
    reach.must_reach(documents.MESSAGES, asked["letters"])
    return jsonify(_once(commands.post_letters, answer=lambda count: {"posted": count}, **asked))


@blueprint.route("/summary")
@desk(Action.SEE_MESSAGES)
@documented(401, 403, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.SummaryAnswer)
def get_summary() -> Response:
    """How many messages there are, and how far they have come."""
    return jsonify(schemas.summary_json(documents.message_counts(database())))


def _answer(message: Message) -> dict[str, Any]:
    return schemas.message_json(message)


def _once(command: Callable[..., Any], *, answer: Callable[[Any], Any] = _answer, **arguments: Any) -> Any:
    scope = principal().scope
    return idempotency.run_once(database(), command, key=idempotency_key(), scope=scope, answer=answer, **arguments)
