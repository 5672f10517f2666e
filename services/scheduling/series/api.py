"""Series as JSON over HTTP, for desks; what everyone may know stands on the public page."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response, url_for

from services.scheduling.conferences.domain.conference import FieldRefused
from services.scheduling.series import commands, schemas
from services.scheduling.series.domain.series import Series, SeriesUnknown
from services.scheduling.series.store import all_series, series_of
from shared import idempotency
from shared.associations import FIRST
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "series_api", __name__, url_prefix="/scheduling", description="Series: years, their hosts, bids and awards."
)


def _once(command: Callable[..., Any], *, answer: Callable[[Any], Any] = schemas.series_json, **arguments: Any) -> Any:
    return idempotency.run_once(
        database(), command, key=idempotency_key(), scope=principal().scope, answer=answer, **arguments
    )


def _known(series: str) -> Series:
    found = series_of(database(), series)
    if found is None:
        raise SeriesUnknown("There is no series under this address.")
    return found


@blueprint.route("/series")
@desk(Action.SEE_SERIES)
@documented(401, 403, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.AllSeriesAnswer)
def list_series() -> Response:
    """The series of one's association, by title."""
    found = all_series(database(), association=principal().association)
    return jsonify({"items": [schemas.series_json(each) for each in found]})


@blueprint.route("/series", methods=["POST"])
@desk(Action.EDIT_SERIES)
@documented(400, 401, 403, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.AssociationsSeries)
@blueprint.response(201, schemas.SeriesAnswer)
def begin_series(asked: dict[str, Any]) -> Response:
    """Begin a series of one's association."""
    own = principal().association
    asked["association"] = asked["association"] or own or FIRST
    if own not in ("", asked["association"]):
        told = f"Your series belong to {own}. Nothing was created; leave this out, or name your own."
        raise FieldRefused("association", told)
    made = _once(commands.begin_series, **asked)
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("series_api.get_series", series=made["key"])
    return response


@blueprint.route("/series/<series>")
@desk(Action.SEE_SERIES)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.SeriesAnswer)
def get_series(series: str) -> Response:
    """One series: its years with a host, and the bids on file."""
    return jsonify(schemas.series_json(_known(series)))


@blueprint.route("/series/<series>/bids", methods=["POST"])
@desk(Action.EDIT_SERIES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.NewBid)
@blueprint.response(200, schemas.SeriesAnswer)
def file_bid(asked: dict[str, Any], series: str) -> Response:
    """Put on file that a city asks for a year."""
    return jsonify(_once(commands.file_bid, series=series, **asked))


@blueprint.route("/series/<series>/hosts", methods=["POST"])
@desk(Action.EDIT_SERIES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.NewHost)
@blueprint.response(200, schemas.SeriesAnswer)
def record_host(asked: dict[str, Any], series: str) -> Response:
    """Record whose a year is that was given away before awards were recorded here."""
    return jsonify(_once(commands.record_host, series=series, **asked))


@blueprint.route("/series/<series>/conferences", methods=["POST"])
@desk(Action.EDIT_SERIES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.Taken)
@blueprint.response(200, schemas.SeriesAnswer)
def take_in(asked: dict[str, Any], series: str) -> Response:
    """Make a conference of the association the edition of its year."""
    return jsonify(_once(commands.take_in, series=series, **asked))


@blueprint.route("/series/<series>/awards", methods=["POST"])
@desk(Action.AWARD_YEARS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.NewAward)
@blueprint.response(201, schemas.EditionAnswer)
def award_year(asked: dict[str, Any], series: str) -> Response:
    """Give a year to a city, as the board has resolved; its edition is drafted at once."""
    made = _once(commands.award_year, answer=schemas.edition_json, series=series, **asked)
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("api.get_conference", conference=made["conference"])
    return response
