"""Writes messages: takes the words from `messages/<purpose>/`, and puts a registrant's own facts into them.

Owns what a mail and a letter look like. A language is added by laying `body.<language>.txt` and the others beside the
English ones; what isn't there is said in English.
"""

from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from services.notifications.domain import Message, Purpose, letter_code
from services.notifications.known import Conference, Contact, Words
from shared.money import in_words
from shared.settings import Settings
from shared.web import links
from shared.web.words import day_in_words

FOLDER = Path(__file__).parent / "messages"
LOCALES = {"en": "en_US"}

money = lru_cache(maxsize=4096)(in_words)  # most registrants of a conference paid one of a few prices
day = lru_cache(maxsize=1024)(day_in_words)


class Wording:
    """The words of all messages, compiled once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._templates: dict[tuple[str, str, str], Template] = {}

    def mail(self, message: Message, *, contact: Contact, conference: Conference) -> Words:
        """The message as a mail: plain text, and the same as HTML."""
        facts = self._facts(message, contact=contact, conference=conference)
        return self._written(message, contact=contact, facts=facts | {"frame": "mail.html", "is_letter": False})

    def letter(self, message: Message, *, contact: Contact, conference: Conference, written_on: datetime) -> Words:
        """The message as a letter: a sheet with an address, a date, and links that can be typed."""
        facts = self._facts(message, contact=contact, conference=conference)
        code = letter_code(self.settings.secret_key, message=message.id)
        sheet = {
            "frame": "letter.html",
            "is_letter": True,
            "address": (contact.name, *contact.postal_address),
            "written_on": written_on.astimezone(ZoneInfo(conference.zone)).date(),
            "typed_address": typed_address(self.settings),
            "code": spaced(code),
        }
        return self._written(message, contact=contact, facts=facts | sheet)

    def _written(self, message: Message, *, contact: Contact, facts: dict[str, Any]) -> Words:
        subject, text, html = (
            self._template(message.purpose, part, contact.language).render(facts)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        return Words(subject=" ".join(subject.split()), text=text, html=html, link=facts["link"])

    def _template(self, purpose: Purpose, part: str, language: str) -> Template:
        key = (purpose, part, language)
        if key not in self._templates:
            name, _, kind = part.partition(".")
            choices = [f"{purpose}/{name}.{language}.{kind}", f"{purpose}/{part}"]
            self._templates[key] = self._environment.select_template(choices)
        return self._templates[key]

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=select_autoescape(("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters |= {"money": money, "day": day}
        return environment

    def _facts(self, message: Message, *, contact: Contact, conference: Conference) -> dict[str, Any]:
        """What the words may speak of: the event's facts, the person's name, the conference, one link, one deadline."""
        facts = message.facts
        cancellation = conference.cancellation
        return {
            **facts,
            "name": " ".join(contact.name.split()),
            "language": contact.language,
            "conference": conference,
            "the_conference": conference.title
            if conference.title.lower().startswith("the ")
            else f"the {conference.title}",
            "cancellation": cancellation,
            "zone_name": zone_name(conference.zone, LOCALES.get(contact.language, "en_US")),
            "choose_by": _last_day(facts["choose_until"], conference.zone)
            if "choose_until" in facts
            else cancellation.choose_by
            if cancellation
            else None,
            "link": self._link(message),
        }

    def _link(self, message: Message) -> str:
        if message.purpose is Purpose.REFUND_FAILED:
            return links.payee(self.settings, message.facts["refund"])
        return links.my_registration(self.settings, message.subject)


def typed_address(settings: Settings) -> str:
    """The address that a letter's reader types, before the code."""
    return f"{settings.urls['notifications']}/notifications/letter"


def spaced(code: str) -> str:
    """A code in groups of four, as one reads it aloud."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@lru_cache(maxsize=64)
def zone_name(zone: str, locale: str) -> str:
    """What people call a time zone: `Central Time`."""
    return str(get_timezone_name(ZoneInfo(zone), width="long", locale=locale))


def _last_day(until: datetime, zone: str) -> date:
    """The day at whose end a deadline is."""
    return (until.astimezone(ZoneInfo(zone)) - timedelta(seconds=1)).date()
