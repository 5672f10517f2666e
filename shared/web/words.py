"""How pages write amounts, dates and instants, and where the shared theme is found."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import Flask
from flask_wtf.csrf import generate_csrf
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader

from shared import statements
from shared.associations import FIRST
from shared.auth import may, signed_in
from shared.money import in_words
from shared.mongo import Database
from shared.principals import Action
from shared.problem import Refusal, SignInRequired
from shared.settings import Settings
from shared.web import hosts, languages, links, navigation
from shared.zones import choice_in_words, city_in_words, zone_in_words

THEME = Path(__file__).parent / "templates"
_INSTANTS = {
    "en_US": "EEEE, MMMM d, y, h:mm a zzzz",
    "fr_FR": "EEEE d MMMM y 'à' HH:mm",
    "nl_NL": "EEEE d MMMM y 'om' HH:mm",
}


def day_in_words(day: date | str, locale: str = "en_US") -> str:
    """`Thursday, April 30, 2020`."""
    return str(format_date(date.fromisoformat(day) if isinstance(day, str) else day, format="full", locale=locale))


def instant_in_words(instant: datetime, zone: str = "UTC", locale: str = "en_US") -> str:
    """`Thursday, April 30, 2020, 11:59 PM Central Daylight Time`."""
    here, pattern = ZoneInfo(zone), _INSTANTS[locale]
    written = str(format_datetime(instant.astimezone(here), pattern, tzinfo=here, locale=locale))
    return written if "zzzz" in pattern else f"{written} ({zone_in_words(zone, locale)})"


def money(amount_minor: int, currency: str) -> str:
    """An amount as the reader of this page writes it: `$575.00`, `575,00 $US`."""
    return in_words(amount_minor, currency, locale=languages.locale())


def day(day: date | str) -> str:
    """A day as the reader of this page writes it: `Thursday, April 30, 2020`, `jeudi 30 avril 2020`."""
    return day_in_words(day, languages.locale())


def instant(instant: datetime, zone: str = "UTC") -> str:
    """An instant as the reader of this page writes it, with the zone."""
    return instant_in_words(instant, zone, languages.locale())


def zone(zone: str) -> str:
    """A time zone as the reader of this page calls it: `Central Time`, `heure du Centre`."""
    return zone_in_words(zone, languages.locale())


def city(zone: str) -> str:
    """The city that a time zone is named after, in the language of this page."""
    return city_in_words(zone, languages.locale())


def zone_choice(zone: str) -> str:
    """A time zone among others: `Chicago (Central Time)`."""
    return choice_in_words(zone, languages.locale())


def offered(action: Action, *, conference: str = "") -> bool:
    """Whether a page offers this to who asked for it; nothing, where what came with the request is nobody's."""
    try:
        return may(action, conference=conference)
    except SignInRequired:
        return False


def said(refusal: Refusal) -> str:
    """A refusal in the language of the page, with its facts as people there write them."""
    return refusal.said(locale=languages.locale(), translated=languages.gettext)


def in_page_language(fact: Any) -> str:
    """A phrase, or another fact of a sentence, in the language of the page."""
    return languages.worded(fact)


def sentence(text: str) -> str:
    """The text as it begins a line: only its first letter becomes a capital."""
    return text[:1].upper() + text[1:]


def loader() -> BaseLoader:
    """Where the theme's own templates are found."""
    return FileSystemLoader(THEME)


def add_templates(app: Flask, folders: Iterable[Path]) -> None:
    """Let an app find the templates in these folders before the theme's."""
    loaders = [FileSystemLoader(each) for each in folders]
    app.jinja_loader = ChoiceLoader([*loaders, *([app.jinja_loader] if app.jinja_loader else [])])


def add_to(app: Flask, settings: Settings, database: Database) -> None:
    """Give an app the theme's templates, the filters `money`, `day`, `instant`, and what the page's head shows."""
    own = app.jinja_loader
    app.jinja_loader = ChoiceLoader([*([own] if own else []), loader()])
    app.jinja_env.filters |= {
        "money": money,
        "day": day,
        "instant": instant,
        "zone": zone,
        "city": city,
        "zone_choice": zone_choice,
        "said": said,
        "sentence": sentence,
        "translated": languages.gettext,
        "carried": languages.carried,
        "asking": languages.asking,
    }
    languages.add_to(app)
    hosts.add_to(app)

    @app.context_processor
    def frame() -> dict[str, Any]:
        me = signed_in()
        return {
            "desks": links.desks(settings),
            "me": me,
            "may": offered,
            "accounts_address": links.accounts(settings),
            "association_address": links.association(settings, me.association or FIRST),
            "renewal": links.renewal_beside(settings) if statements.is_ageing() else "",
            "sign_in": links.sign_in(settings, next_=f"{settings.urls[settings.service]}/{settings.service}/desk"),
            "sign_out": links.sign_out(settings),
            "Action": Action,
            "conference_places": partial(navigation.places_of, settings),
            "desk_name": navigation.DESKS[settings.service],
            "desk_titles": navigation.DESKS,
            "home_address": links.home(settings),
            "service": settings.service,
            "csrf_token": generate_csrf,
            "business_now": database.clock.now(),
            "clock_movable": settings.clock_movable,
        }
