"""The page of a refund run: how far it is, where its money went, and what holds it up."""

from flask import Blueprint, render_template

from services.payments.books.store import stuck
from services.payments.completing import store as counting
from services.payments.orders.store import CONFERENCES
from services.payments.refunds.domain.refunds import RAILS, RefundState
from services.payments.refunds.store import OPEN_STATES, earlier_refunds
from services.payments.runs.domain import RunUnknown
from services.payments.runs.store import RUNS, stuck_run
from shared.auth import desk
from shared.principals import Action
from shared.states import read
from shared.web.current import database

blueprint = Blueprint("runs_desk", __name__, url_prefix="/payments/desk", template_folder="templates")


@blueprint.get("/runs/<run>")
@desk(Action.SEE_REFUND_RUNS)
def show_run(run: str) -> str:
    """One refund run: how far it is, where its money went, and what holds it up."""
    known = read(database(), RUNS, run)
    if known is None:
        raise RunUnknown("There is no refund run under this number (yet). Please try again in a moment.")
    return render_template(
        "completing/run.html",
        run=known,
        conference=read(database(), CONFERENCES, known.conference),
        counts=counting.refund_counts(database(), run=run),
        open=open_refunds(run),
        earlier=earlier_refunds(database(), known.conference),
        stuck=stuck(database(), stuck_run(run)),
        rails=RAILS,
    )


def open_refunds(run: str | None) -> dict[str, int]:
    """How many refunds wait, by what they wait for."""
    counts = counting.refund_counts(database(), run=run, states=OPEN_STATES)
    by_state: dict[str, int] = {}
    for (rail, state), count in counts.items():
        name = f"{rail}_to_pay" if state == RefundState.AWAITING_RECORD else state
        by_state[name] = by_state.get(name, 0) + count
    return by_state
