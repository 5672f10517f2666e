"""The door at which a script shows its token, and is told who it is for the next ten minutes."""

import hashlib
from typing import Any

from flask import Response, jsonify, request

from services.registration.tokens import commands, domain
from services.registration.tokens.schemas import StatementAnswer
from shared import statements
from shared.auth import Guesses
from shared.clock import host_now
from shared.parts import current
from shared.statements import LIFETIME, Statement
from shared.web.current import database, settings
from shared.web.documented import Blueprint, documented

BEARER: dict[str, Any] = {"security": [{"token": []}]}
_GUESSED = "token"

blueprint = Blueprint("tokens_api", __name__, url_prefix="/registration", description="Tokens of scripts.")


@blueprint.route("/statement", methods=["POST"])
@documented(401, 403, 429, 503)
@blueprint.doc(**BEARER)
@blueprint.response(200, StatementAnswer)
def tell_who_it_is() -> Response:
    """Exchange the token of a script for a statement, which every service believes for ten minutes.

    Send the token as `Authorization: Bearer TOKEN`. Whoever guesses tokens has to wait.
    """
    guesses, source = current(Guesses), request.remote_addr or ""
    guesses.refuse_too_many(_GUESSED, source=source)
    given = request.authorization
    try:
        if given is None or given.type != "bearer" or not given.token:
            raise domain.refused()
        digest = hashlib.sha256(given.token.encode(errors="replace")).hexdigest()
        token, who = database().run(commands.use_token, secret_digest=digest)
    except domain.TokenRefused:
        guesses.count(_GUESSED, source=source)
        raise
    statement = Statement(session=token.id, principal=who, made_at=host_now())
    response = jsonify(
        {
            "statement": statements.write(settings(), statement),
            "roles": list(who.role_names),
            "seconds": int(LIFETIME.total_seconds()),
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response
