"""Series at the desk: years with their hosts, years without, bids, and the form that records an award."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from marshmallow import Schema

from services.scheduling.conferences import store as conference_store
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.domain.resolution import SEATS, quorum_of
from services.scheduling.conferences.domain.zones import offered_zones
from services.scheduling.series import commands, schemas
from services.scheduling.series.domain.series import Series, SeriesUnknown, newest
from services.scheduling.series.store import all_series, series_of, series_with
from shared.associations import FIRST
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import business_now, database, principal
from shared.web.forms import Form, once, read, refused

YEARS_SHOWN = 6  # from this one on: those with a host, and those without

blueprint = Blueprint("series_desk", __name__, url_prefix="/scheduling/desk/series")


@blueprint.get("")
@desk(Action.SEE_SERIES)
def list_series() -> str:
    """The series of one's association, each with the next year that has no host."""
    today = _today()
    found = [
        (each, each.edition(today.year), each.free_year(today))
        for each in all_series(database(), association=principal().association)
    ]
    return render_template("series/desk_list.html", found=found)


@blueprint.route("/new", methods=["GET", "POST"])
@desk(Action.EDIT_SERIES)
def begin_series() -> Response:
    """The form that begins a series."""
    if request.method == "GET":
        return _page("series/new.html", Form(values={"seats": str(SEATS)}))

    def begin(asked: dict[str, Any]) -> Response:
        association = principal().association or FIRST
        made = once(commands.begin_series, answer=_key, association=association, **asked)
        flash("The series is there. Now say which years have a host.")
        return _see("series_desk.show_series", series=made)

    return _submitted(schemas.NewSeries, begin, template="series/new.html", sent=_without_empty("first_year"))


@blueprint.get("/<series>")
@desk(Action.SEE_SERIES)
def show_series(series: str) -> Response:
    """Years with their host, years without, and the bids on file."""
    return _page("series/desk.html", Form(), **_shown(series))


@blueprint.post("/<series>/bids")
@desk(Action.EDIT_SERIES)
def file_bid(series: str) -> Response:
    """Put on file that a city asks for a year."""

    def file(asked: dict[str, Any]) -> Response:
        once(commands.file_bid, series=series, **asked)
        flash(f"The bid of {asked['city']} for {asked['year']} is on file.")
        return _see("series_desk.show_series", series=series)

    return _submitted(schemas.NewBid, file, template="series/desk.html", which="bid", **_shown(series))


@blueprint.post("/<series>/hosts")
@desk(Action.EDIT_SERIES)
def record_host(series: str) -> Response:
    """Record whose a year is that was given away before."""

    def record(asked: dict[str, Any]) -> Response:
        once(commands.record_host, series=series, **asked)
        flash(f"{asked['year']}: {asked['city']}. That is recorded.")
        return _see("series_desk.show_series", series=series)

    return _submitted(schemas.NewHost, record, template="series/desk.html", which="host", **_shown(series))


@blueprint.post("/<series>/conferences")
@desk(Action.EDIT_SERIES)
def take_in(series: str) -> Response:
    """Make a conference of the association the edition of its year."""

    def take(asked: dict[str, Any]) -> Response:
        once(commands.take_in, series=series, **asked)
        flash("The conference belongs to this series now.")
        return _see("series_desk.show_series", series=series)

    return _submitted(schemas.Taken, take, template="series/desk.html", which="conference", **_shown(series))


@blueprint.route("/<series>/award", methods=["GET", "POST"])
@desk(Action.AWARD_YEARS)
def award_year(series: str) -> Response:
    """What an award makes, and the form in which the board's resolution is recorded."""
    known, context = _known(series), _shown(series)
    if request.method == "GET":
        year = request.args.get("year", known.free_year(_today()), type=int)
        model = _model(known, year=year)
        city = request.args.get("city", "")[:120]
        values = {
            "year": str(year),
            "city": city,
            "zone": model.zone if model else "",
            "currency": model.currency if model else "",
        }
        return _page("series/award.html", Form(values=values), **context)

    def award(asked: dict[str, Any]) -> Response:
        made = once(commands.award_year, answer=lambda edition: edition.conference, series=series, **asked)
        flash(
            f"{asked['year']} is awarded to {asked['city']}. Its edition is drafted; its committee enters the days "
            "and announces it."
        )
        return _see("pages.show_desk_conference", conference=made)

    return _submitted(schemas.NewAward, award, template="series/award.html", **context)


def _shown(id_: str) -> dict[str, Any]:
    series, today = _known(id_), _today()
    held = _held(series)
    free_year = series.free_year(today)
    last = max((each.year for each in series.editions), default=today.year)
    years = sorted({each.year for each in series.editions} | set(range(today.year, max(last, today.year + 5) + 1)))
    return {
        "series": series,
        "years": [(year, series.edition(year), held.get(year)) for year in reversed(years)],
        "free_year": free_year,
        "this_year": today.year,
        "quorum": quorum_of(series.seats),
        "model": _model(series, year=free_year),
        "others": _others(series),
        "zones": offered_zones(),
        "today": today,
        "now": business_now(),
    }


def _known(id_: str) -> Series:
    found = series_of(database(), id_)
    if found is None:
        raise SeriesUnknown("There is no series under this address.")
    return found


def _held(series: Series) -> dict[int, Conference]:
    """The conferences that are run here, by year."""
    found = (
        (each.year, conference_store.conference_with_version(database(), each.conference)) for each in series.editions
    )
    return {year: known[0] for year, known in found if known}


def _model(series: Series, *, year: int) -> Conference | None:
    edition = newest(series, before=year)
    found = conference_store.conference_with_version(database(), edition.conference) if edition else None
    return found[0] if found else None


def _others(series: Series) -> list[Conference]:
    """The association's conferences that belong to no series yet."""
    found = conference_store.conferences(database(), drafts=conference_store.EVERY)
    return [each for each in found if each.association == series.association and not series_with(database(), each.id)]


def _today() -> date:
    return business_now().date()


def _key(series: Series) -> str:
    return series.id


def _without_empty(*names: str) -> dict[str, str]:
    """What was sent, without these where they were left empty."""
    return {name: text for name, text in request.form.items() if text.strip() or name not in names}


def _submitted(
    schema: type[Schema],
    act: Callable[[dict[str, Any]], Response],
    *,
    template: str,
    sent: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    try:
        return act(read(schema(), sent))
    except Refusal as refusal:
        return _page(template, refused(refusal), status=refusal.status, **context)


def _page(template: str, form: Form, *, status: int = 200, **context: Any) -> Response:
    return make_response(render_template(template, form=form, **context), status)


def _see(endpoint: str, **values: Any) -> Response:
    return cast(Response, redirect(url_for(endpoint, **values), 303))
