"""How pages write amounts, dates and instants, and where the shared theme is found."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader

from shared.money import in_words
from shared.mongo import Database
from shared.settings import Settings
from shared.web import links

THEME = Path(__file__).parent / "templates"


def day_in_words(day: date | str, locale: str = "en_US") -> str:
    """`Thursday, April 30, 2020`."""
    return str(format_date(date.fromisoformat(day) if isinstance(day, str) else day, format="full", locale=locale))


def instant_in_words(instant: datetime, zone: str = "UTC", locale: str = "en_US") -> str:
    """`Thursday, April 30, 2020, 11:59 PM Central Daylight Time`."""
    pattern = "EEEE, MMMM d, y, h:mm a zzzz"
    return str(format_datetime(instant.astimezone(ZoneInfo(zone)), pattern, tzinfo=ZoneInfo(zone), locale=locale))


def loader() -> BaseLoader:
    """Where the theme's own templates are found."""
    return FileSystemLoader(THEME)


def add_to(app: Flask, settings: Settings, database: Database) -> None:
    """Give an app the theme's templates, the filters `money`, `day`, `instant`, and what the page's head shows."""
    own = app.jinja_loader
    app.jinja_loader = ChoiceLoader([*([own] if own else []), loader()])
    app.jinja_env.filters |= {"money": in_words, "day": day_in_words, "instant": instant_in_words}

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "desks": links.desks(settings),
            "role": session.get("role"),
            "service": settings.service,
            "csrf_token": generate_csrf,
            "business_now": database.clock.now(),
            "clock_movable": settings.clock_movable,
        }
