"""The finance desk's front: what waits to be done and since when, the refund runs, the trial balance."""

from typing import Any

from flask import Blueprint, render_template

from services.payments.books import schemas
from services.payments.books import store as books
from services.payments.books.domain.ledger import Account
from services.payments.books.store import stuck_now
from services.payments.completing.pages import open_refunds
from services.payments.orders.pages.desk import known_conferences
from services.payments.runs.store import RUNS
from services.payments.waiting import store as waiting
from shared import reach
from shared.auth import desk
from shared.principals import Action
from shared.states import list_states
from shared.web.current import database, principal

blueprint = Blueprint("desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("")
@desk(Action.SEE_REFUND_RUNS)
def show_desk() -> str:
    """What waits to be done and since when, the refund runs, and the trial balance; money where they see that."""
    runs = list_states(database(), RUNS, {}, limit=100)
    within = principal().conferences(Action.SEE_MONEY)
    sees_money = within is None or bool(within)
    with reach.only(within):
        money = _money() if sees_money else {}
    return render_template(
        "desk/front.html",
        runs=list(reversed(runs)),
        conferences=known_conferences(),
        sees_money=sees_money,
        is_of_single=bool(within),
        **money,
    )


def _money() -> dict[str, Any]:
    balances = books.trial_balance(database())
    return {
        "kept": known_conferences(),
        "stuck": stuck_now(database()),
        "broken": books.broken(database()),
        "open": open_refunds(None),
        "ages": waiting.refund_ages(database()),
        "strays": waiting.open_strays(database()),
        "outside": waiting.open_outside(database()),
        "credits_asked_for": waiting.credits_asked_for(database()),
        "disputes": waiting.open_disputes(database()),
        "cheques": waiting.cheques_in_hand(database()),
        "in_hand": waiting.sums_on(balances, Account.CHEQUES),
        "credits_left": waiting.sums_on(balances, Account.CREDITS),
        "receivables": waiting.sums_on(balances, Account.RECEIVABLES),
        "short_since": waiting.short_since(database()),
        "books": schemas.balances_json(balances, conference=None),
    }
