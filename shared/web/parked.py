"""The page for events that could not be handled: what is parked, why, try again, or give up; with a dry run."""

from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from shared import reach
from shared.auth import desk
from shared.parking import Parking
from shared.parts import current
from shared.principals import Action
from shared.problem import Invalid

ACTIONS = ("replay", "discard")


def blueprint() -> Blueprint:
    """`/parked`, `/parked/one?place=…`; the service registers its `Parking`."""
    routes = Blueprint("parked", __name__)

    @routes.get("")
    @desk(Action.SEE_PARKED)
    def listing() -> str:
        return render_template("parked.html", parked=_parking().list(is_seen=reach.sees_parked), awaiting=_awaiting())

    @routes.get("/one")
    @desk(Action.SEE_PARKED)
    def one() -> str:
        return render_template(
            "parked_one.html", parked=_parking().explain(request.args.get("place", ""), is_seen=reach.sees_parked)
        )

    @routes.post("/one")
    @desk(Action.MEND_PARKED)
    def act() -> Response:
        action = request.form.get("action", "")
        if action not in ACTIONS:
            raise Invalid("Choose to try again or to give up. Nothing was changed.")
        place, is_dry_run = request.form.get("place", ""), "dry_run" in request.form
        _parking().explain(place, is_seen=reach.sees_parked)
        outcome: dict[str, Any] = getattr(_parking(), action)(place, is_dry_run=is_dry_run)
        flash(
            ("Would handle" if is_dry_run else "Handled")
            + f" {outcome['handled']}; {outcome['still_waiting']} still waiting."
        )
        return cast(
            Response, redirect(url_for("parked.one", place=place) if is_dry_run else url_for("parked.listing"), 303)
        )

    return routes


def _awaiting() -> dict[str, int]:
    """Of whichever association those stories are, so it is for whoever keeps the installation."""
    return _parking().awaiting() if reach.sees_parked(reach.OF_NO_CONFERENCE) else {}


def _parking() -> Parking:
    return current(Parking)
