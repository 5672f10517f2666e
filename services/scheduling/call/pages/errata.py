"""The errata to a printed programme: all that changed since the release that was printed, to be printed itself."""

from collections.abc import Iterable
from itertools import groupby

from flask import Blueprint, Response, request

from services.scheduling.call.pages.forms import page
from services.scheduling.conferences.domain.conference import day_in
from services.scheduling.conferences.store import conference_of
from services.scheduling.releases.domain.differences import between
from services.scheduling.releases.domain.releases import Difference, What
from services.scheduling.releases.domain.sentences import sentence
from services.scheduling.releases.store import releases as store
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database

blueprint = Blueprint("errata", __name__, url_prefix="/scheduling/desk/conferences/<conference>/errata")


@blueprint.get("")
@desk(Action.SEE_PROPOSALS)
def show_errata(conference: str) -> Response:
    """What to correct in what was printed; the first release is taken for the printed one until another is chosen."""
    known = conference_of(database(), conference)
    latest = store.latest(database(), conference)
    printed = store.release(database(), conference, request.args.get("since", default=1, type=int)) if latest else None
    changed = between(printed, latest) if latest and printed else ()
    return page(
        "errata.html",
        conference=known,
        latest=latest,
        printed=printed,
        releases=store.headings(database(), conference) if latest else [],
        days=_days(changed, zone=known.zone),
    )


def _days(changed: Iterable[Difference], *, zone: str) -> list[tuple[str, list[str]]]:
    """What changed in sentences, by the day under which it was printed; a corrected word is nothing to look up."""
    told = [each for each in changed if set(each.what) != {What.WORDING}]
    told.sort(key=lambda each: ((each.before or each.shown).starts, each.shown.code))
    days = groupby(told, key=lambda each: day_in(zone, (each.before or each.shown).starts).isoformat())
    return [(day, [sentence(each, zone=zone) for each in found]) for day, found in days]
