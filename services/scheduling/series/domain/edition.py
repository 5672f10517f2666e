"""The conference that an award makes: a draft on the newest edition's frame, in the same week of its year."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.scheduling.conferences.domain.conference import Conference, FieldRefused, draft_conference
from services.scheduling.programme.domain.frame import shifted
from services.scheduling.programme.domain.programme import Programme
from services.scheduling.series.domain.series import Award, Series, same_week
from shared.change import Change
from shared.contracts.scheduling import ConferenceAwarded


def edition_draft(
    series: Series,
    *,
    id_: str,
    key: str,
    year: int,
    city: str,
    model: Conference | None,
    zone: str,
    currency: str,
    now: datetime,
) -> Conference:
    """A conference in draft for a year, its days proposed only: those of the same week as the newest edition's.

    Zone and currency are the newest edition's where they are empty; refused when there is none to take them from.
    """
    zone, currency = zone or (model.zone if model else ""), currency or (model.currency if model else "")
    for field, text in (("zone", zone), ("currency", currency)):
        if not text:
            told = f"No edition of {series.title} is run here to take it from. Nothing was awarded; fill this in."
            raise FieldRefused(field, told)
    starts = same_week(model.starts if model else date(year, 5, 17), year=year)
    length = model.ends - model.starts if model else timedelta(days=3)
    drafted = draft_conference(
        id_=id_,
        association=series.association,
        key=key,
        title=series.title_of(year),
        city=city,
        zone=zone,
        currency=currency,
        starts=starts,
        ends=starts + length,
        now=now,
    ).state
    return replace(drafted, are_days_proposed=True, awarded_year=year)


def told_of(
    drafted: Conference,
    *,
    series: Series,
    award: Award,
    year: int,
    model: Conference | None,
    cancelled: Conference | None,
) -> Change[Conference]:
    """The draft, and what everyone is told of its award."""
    said = ConferenceAwarded(
        conference=drafted.id,
        award=award.id,
        series=series.id,
        series_title=series.title,
        year=year,
        city=drafted.city,
        title=drafted.title,
        resolution=award.resolution.text,
        resolved_on=award.resolution.on,
        association=series.association,
        model=model.id if model else "",
        cancelled=cancelled.id if cancelled else "",
        cancelled_title=cancelled.title if cancelled else "",
    )
    return Change(drafted, (said,))


def framed(programme: Programme, model: Programme, *, days: int, zone: str, model_zone: str) -> Programme:
    """A programme in the frame of another, its times so many days later by the clock there, without its rooms.

    Rooms are the venue's, and the venue is another one.
    """
    return replace(
        programme,
        tracks=model.tracks,
        times=shifted(model.times, days=days, zone=zone, zone_before=model_zone),
        levels=model.levels,
        same_track_at_once_max=model.same_track_at_once_max,
        both_wanted_min=model.both_wanted_min,
        revision=1,
    )
