"""What is asked of a series: begin it, file a city's bid, say who hosts a year, and award one."""

from datetime import date, timedelta

from services.scheduling.conferences.domain.conference import Conference, ConferenceKeyTaken, ConferenceUnknown
from services.scheduling.conferences.domain.resolution import resolved
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.programme.domain.programme import programme_id
from services.scheduling.programme.store.draft import programme_of
from services.scheduling.programme.store.programme import PROGRAMMES
from services.scheduling.series.domain import series as domain
from services.scheduling.series.domain.edition import edition_draft, framed, told_of
from services.scheduling.series.domain.series import Award, Edition, Series, SeriesKeyTaken, SeriesUnknown
from services.scheduling.series.store import SERIES
from shared.acting import actor
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import ConferenceAwarded
from shared.ids import new_id
from shared.unit import Unit

KEY_LENGTH_MAX = 32
SOMEWHERE_AHEAD = timedelta(hours=14)  # a day begins there first; nobody says in which zone a board met


@command()
def begin_series(
    unit: Unit, *, series_key: str, title: str, association: str, first_year: int | None, seats: int
) -> Series:
    """Begin a series of an association, without editions."""
    if unit.load(SERIES, series_key) is not None:
        detail = "This key is taken. Nothing was created; take another one."
        raise SeriesKeyTaken(detail, errors={"json": {"key": [detail]}})
    change = domain.began(
        key=series_key, title=title, association=association, first_year=first_year, seats=seats, today=unit.now.date()
    )
    return unit.save(SERIES, change)


@command()
def file_bid(unit: Unit, *, series: str, city: str, year: int) -> Series:
    """Put on file that a city asks for a year."""
    known = _series(unit, series)
    return unit.save(
        SERIES, domain.bid(known, id_=new_id("bid"), city=city, year=year, today=unit.now.date(), by=_words())
    )


@command()
def record_host(unit: Unit, *, series: str, city: str, year: int) -> Series:
    """Record whose a year is that was given away before awards were recorded here."""
    return unit.save(SERIES, domain.hosted(_series(unit, series), city=city, year=year, today=unit.now.date()))


@command()
def take_in(unit: Unit, *, series: str, conference: str) -> Series:
    """Make a conference of the association the edition of its year; done again it changes nothing."""
    known, found = _series(unit, series), unit.load(CONFERENCES, conference)
    if found is None or found.association != known.association:
        raise ConferenceUnknown("There is no conference of this association under this id. Nothing was changed.")
    if any(each.conference == conference for each in known.editions):
        return known
    others = unit.find(SERIES, {"editions.conference": conference})
    return unit.save(SERIES, domain.taken_in(known, found, others=others))


@command(emits=[ConferenceAwarded])
def award_year(
    unit: Unit,
    *,
    series: str,
    year: int,
    city: str,
    text: str,
    on: date,
    present: int,
    votes_for: int,
    votes_against: int,
    zone: str = "",
    currency: str = "",
) -> Edition:
    """Give a year to a city, as the board has resolved, and draft its edition; all of it at once or nothing."""
    known, today = _series(unit, series), unit.now.date()
    resolution = resolved(
        text=text,
        on=on,
        present=present,
        votes_for=votes_for,
        votes_against=votes_against,
        seats=known.seats,
        today=(unit.now + SOMEWHERE_AHEAD).date(),
    )
    award = Award(id=new_id("award"), resolution=resolution, recorded_at=unit.now, recorded_by=_words())
    id_ = new_id("conf")
    change = domain.awarded(known, award=award, city=city, year=year, conference=id_, today=today)
    model = _model(unit, known, year=year)
    drafted = edition_draft(
        known,
        id_=id_,
        key=_free_key(unit, known, year=year),
        year=year,
        city=city,
        model=model,
        zone=zone,
        currency=currency,
        now=unit.now,
    )
    unit.save(SERIES, change)
    cancelled = _cancelled_in(unit, known, city=city)
    unit.save(CONFERENCES, told_of(drafted, series=known, award=award, year=year, model=model, cancelled=cancelled))
    if model is not None:
        _frame(unit, drafted, model)
    edition = change.state.edition(year)
    assert edition is not None
    return edition


def _frame(unit: Unit, drafted: Conference, model: Conference) -> None:
    """The programme of the new edition begins in the frame of the newest one, if that has any."""
    frame = unit.load(PROGRAMMES, programme_id(model.id))
    if frame is not None:
        days = (drafted.starts - model.starts).days
        begun = framed(programme_of(unit, drafted.id), frame, days=days, zone=drafted.zone, model_zone=model.zone)
        unit.save(PROGRAMMES, Change(begun))


def _model(unit: Unit, series: Series, *, year: int) -> Conference | None:
    newest = domain.newest(series, before=year)
    return unit.load(CONFERENCES, newest.conference) if newest else None


def _cancelled_in(unit: Unit, series: Series, *, city: str) -> Conference | None:
    """The newest edition in this city that was cancelled, whose committee may serve again."""
    for each in reversed(series.editions):
        held = unit.load(CONFERENCES, each.conference) if each.conference else None
        if held is not None and held.is_cancelled and domain.is_same_city(held.city, city):
            return held
    return None


def _free_key(unit: Unit, series: Series, *, year: int) -> str:
    """What people will call the edition: `79th`, or `symposium-2025` where that is taken or there is no number."""
    long = f"{series.id}-{year}"[:KEY_LENGTH_MAX]
    for key in filter(None, (series.ordinal(year), long)):
        if not unit.find(CONFERENCES, {"key": key}):
            return key
    detail = f"The key {long} is taken by another conference. Nothing was awarded; give that conference another key."
    raise ConferenceKeyTaken(detail)


def _series(unit: Unit, id_: str) -> Series:
    series = unit.load(SERIES, id_)
    if series is None:
        raise SeriesUnknown("There is no series under this address. Nothing was changed.")
    return series


def _words() -> str:
    who = actor()
    return who.words if who else ""
