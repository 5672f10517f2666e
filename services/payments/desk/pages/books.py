"""The finance desk's page of one conference's books."""

from flask import Blueprint, render_template

from services.payments.books import schemas
from services.payments.books import store as books
from services.payments.orders.store import CONFERENCES
from shared.auth import desk
from shared.principals import Action
from shared.states import read
from shared.web.current import database

blueprint = Blueprint("books_desk", __name__, url_prefix="/payments/desk", template_folder="../templates")


@blueprint.get("/books/<conference>")
@desk(Action.SEE_MONEY)
def show_books(conference: str) -> str:
    """The trial balance of one conference, and whether its books are as they were sealed."""
    sealed_count, unsealed_count = books.sealed_counts(database(), conference)
    return render_template(
        "desk/books.html",
        conference=read(database(), CONFERENCES, conference),
        books=schemas.balances_json(books.trial_balance(database(), conference=conference), conference=conference),
        sealed_count=sealed_count,
        unsealed_count=unsealed_count,
        sound=books.soundness(database(), conference),
    )
