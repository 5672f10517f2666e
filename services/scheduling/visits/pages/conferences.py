"""The conferences as everyone may see them: all of them, and each with the ways that lead on from it."""

from flask import Blueprint, render_template

from services.scheduling.call.store import is_call_open
from services.scheduling.conferences.domain.conference import ConferenceUnknown, day_in
from services.scheduling.conferences.store import conference_with_version
from services.scheduling.conferences.store import conferences as all_conferences
from services.scheduling.releases.store.releases import latest_number
from services.scheduling.series.store import series_with
from shared.sentences import marked
from shared.web import links
from shared.web.current import business_now, database, settings
from shared.web.languages import offer_all

blueprint = Blueprint("conferences", __name__, url_prefix="/scheduling")
offer_all(blueprint)


@blueprint.get("/")
def show_conferences() -> str:
    """All conferences that were announced, the next one first."""
    now = business_now()
    conferences = sorted(all_conferences(database()), key=lambda each: each.starts)
    coming = [each for each in conferences if each.ends >= day_in(each.zone, now)]
    over = [each for each in reversed(conferences) if each not in coming]
    return render_template("visits/conferences.html", coming=coming, over=over, now=now)


@blueprint.get("/conferences/<conference>/page")
def show_conference(conference: str) -> str:
    """One conference as everyone may see it."""
    found = conference_with_version(database(), conference)
    if found is None or not found[0].is_public:
        raise ConferenceUnknown(marked("There is no conference under this address."))
    known, _ = found
    return render_template(
        "visits/conference.html",
        conference=known,
        now=business_now(),
        register=links.register(settings(), known.id),
        address=links.conference(settings(), known.id),
        series=series_with(database(), known.id),
        has_programme=latest_number(database(), known.id) > 0,
        takes_proposals=is_call_open(database(), known),
    )
