"""The books over HTTP: balances, transactions, and whether they are as they were sealed."""

from typing import Any

from flask import Response, jsonify

from services.payments.books import schemas
from services.payments.books import store as books
from services.payments.books.store import LEDGER
from shared.auth import desk
from shared.principals import Action
from shared.web.answering import listed
from shared.web.current import database
from shared.web.documented import LINK, SIGNED_IN, Blueprint, documented

blueprint = Blueprint(
    "ledger", __name__, url_prefix="/payments", description="Balances, transactions, and their seals."
)


@blueprint.route("/ledger/trial-balance")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.BooksShape, location="query")
@blueprint.response(200, schemas.TrialBalanceAnswer)
def get_trial_balance(asked: dict[str, Any]) -> Response:
    """Every account's balance, of one conference or of everything; per currency they sum to zero."""
    conference = asked["conference"]
    balances = books.trial_balance(database(), conference=conference)
    return jsonify(schemas.balances_json(balances, conference=conference))


@blueprint.route("/ledger/entries")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.EntriesShape, location="query")
@blueprint.response(200, schemas.TransactionsAnswer, headers=LINK)
def list_entries(asked: dict[str, Any]) -> Response:
    """The ledger transactions of one conference, with their debits and credits."""
    return listed(LEDGER, {"conference": asked["conference"]}, asked, schemas.transaction_json)


@blueprint.route("/ledger/chain")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.ChainShape, location="query")
@blueprint.response(200, schemas.ChainAnswer)
def check_chain(asked: dict[str, Any]) -> Response:
    """Recompute the chain over one conference's books."""
    conference = asked["conference"]
    sealed_count, unsealed_count = books.sealed_counts(database(), conference)
    fault = books.chain_fault(database(), conference)
    return jsonify(
        {
            "conference": conference,
            "sealed_count": sealed_count,
            "unsealed_count": unsealed_count,
            "is_unbroken": fault is None,
            "fault": fault,
        }
    )
