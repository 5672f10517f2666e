"""A series as everyone may see it: its editions with what became of them, and what the board has awarded."""

from flask import Blueprint, render_template

from services.scheduling.conferences.store import conference_with_version
from services.scheduling.series.domain.series import SeriesUnknown
from services.scheduling.series.store import series_of
from shared.sentences import marked
from shared.web.current import business_now, database
from shared.web.languages import offer_all

blueprint = Blueprint("series_public", __name__, url_prefix="/scheduling/series")
offer_all(blueprint)


@blueprint.get("/<series>/page")
def show_series(series: str) -> str:
    """The editions of a series, the newest first; no figures of a vote, and no draft that nobody has awarded."""
    known = series_of(database(), series)
    if known is None:
        raise SeriesUnknown(marked("There is no series under this address."))
    found = [(each, conference_with_version(database(), each.conference)) for each in reversed(known.editions)]
    editions = [(each, held[0] if held else None) for each, held in found]
    editions = [(each, held) for each, held in editions if held is None or held.is_public or each.award]
    awards = sorted((each for each in known.editions if each.award), key=lambda each: each.award.recorded_at)  # type: ignore[union-attr]
    return render_template(
        "series/public.html", series=known, editions=editions, awards=reversed(awards), now=business_now()
    )
