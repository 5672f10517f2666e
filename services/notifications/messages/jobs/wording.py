"""Writes messages: takes the words from `messages/<purpose>/`, and puts a person's own facts into them.

Owns what a mail and a letter look like. A language is added by laying `words.<language>.toml` beside the English one.
Whoever is to be written to in another language reads English.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape

from services.notifications.contacts.domain import Contact
from services.notifications.messages.domain.digest import (
    Clock,
    has_choice,
    in_one_sentence,
    laid_out,
    only_speaks,
)
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.messages import Message, letter_code
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import Told
from services.notifications.messages.domain.words import CalendarFile, Words
from shared.associations import FIRST, UNDESCRIBED, Association
from shared.ids import is_payer
from shared.money import in_words
from shared.settings import Settings
from shared.typography import typeset
from shared.web import links
from shared.web.languages import CHOSEN, ENGLISH, LOCALES
from shared.web.words import day_in_words
from shared.zones import zone_in_words

FOLDER = Path(__file__).parents[1] / "templates"
WORDS_OF = {Purpose.SESSION_INVITATION: Purpose.PROGRAMME_CHANGED}  # the same sentences, of one session
NOBODY: Mapping[str, str] = MappingProxyType({})

amount_in_words = lru_cache(maxsize=4096)(in_words)  # most registrants of a conference paid one of a few prices
day_written = lru_cache(maxsize=1024)(day_in_words)


class Wording:
    """The words of all messages, compiled once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._templates: dict[tuple[str, str], Template] = {}
        self._sentences: dict[tuple[str, str], Mapping[str, str]] = {}

    def mail(
        self,
        message: Message,
        *,
        contact: Contact,
        conference: Conference,
        association: Association = UNDESCRIBED,
        names: Mapping[str, str] = NOBODY,
        told: Told | None = None,
        files: tuple[CalendarFile, ...] = (),
    ) -> Words:
        """The message as a mail: plain text, and the same as HTML, and the files that go with it."""
        facts = self._facts(message, contact=contact, conference=conference, names=names, told=told)
        facts |= self._own_facts(association, tender=message.facts.get("tender", ""))
        sheet = {"frame": "mail.html", "is_letter": False, "has_files": bool(files)}
        return replace(self._written(message, facts=facts | sheet), files=files)

    def letter(
        self,
        message: Message,
        *,
        contact: Contact,
        conference: Conference,
        written_on: datetime,
        association: Association = UNDESCRIBED,
        names: Mapping[str, str] = NOBODY,
        told: Told | None = None,
    ) -> Words:
        """The message as a letter: a sheet with an address, a date, and links that can be typed."""
        facts = self._facts(message, contact=contact, conference=conference, names=names, told=told)
        facts |= self._own_facts(association, tender=message.facts.get("tender", ""))
        code = letter_code(self.settings.secret_key, message=message.id)
        sheet = {
            "frame": "letter.html",
            "is_letter": True,
            "has_files": False,
            "address": (contact.name, *contact.postal_address),
            "written_on": written_on.astimezone(ZoneInfo(conference.zone)).date(),
            "typed_address": typed_address(self.settings),
            "code": spaced(code),
        }
        return self._written(message, facts=facts | sheet)

    def _written(self, message: Message, *, facts: dict[str, Any]) -> Words:
        subject, text, html = (
            self._template(message.purpose, part).render(facts) for part in ("subject.txt", "body.txt", "body.html")
        )
        return Words(subject=" ".join(subject.split()), text=text, html=html, link=facts["link"])

    def _template(self, purpose: Purpose, part: str) -> Template:
        key = (purpose, part)
        if key not in self._templates:
            self._templates[key] = self._environment.get_template(f"{purpose}/{part}")
        return self._templates[key]

    def _say(self, purpose: Purpose, language: str) -> Callable[..., str]:
        """The sentences of a purpose and of the frame around it, by name."""
        key = (purpose, language)
        if key not in self._sentences:
            self._sentences[key] = {**sentences(FOLDER, language), **sentences(words_folder(purpose), language)}
        known = self._sentences[key]

        def say(sentence: str, /, **facts: Any) -> str:
            if any(isinstance(fact, Markup) for fact in facts.values()):
                return escape(known[sentence]).format_map(facts)
            return known[sentence].format_map(facts)

        return say

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
        environment.filters |= {"money": _money, "day": _day, "strong": _strong, "linked": _linked}
        return environment

    def _facts(
        self, message: Message, *, contact: Contact, conference: Conference, names: Mapping[str, str], told: Told | None
    ) -> dict[str, Any]:
        """What the words may speak of: the event's facts, the person's name, the conference, one link, one deadline."""
        facts = message.facts
        cancellation = conference.cancellation
        language = written_language(message.purpose, contact.language)
        locale = LOCALES[language]
        clock = Clock(locale=locale, venue=conference.zone, own=facts.get("zone", ""))
        say = self._say(message.purpose, language)
        return {
            **facts,
            "name": " ".join(contact.name.split()),
            "language": language,
            "locale": locale,
            "say": say,
            "clock": clock,
            "conference": conference,
            "the_conference": _the(conference.title, language),
            "cancellation": cancellation,
            "zone_name": zone_in_words(conference.zone, locale),
            "choose_by": _last_day(facts["choose_until"], conference.zone)
            if facts.get("choose_until")
            else cancellation.choose_by
            if cancellation
            else None,
            "speaks": told.speaks if told and told.is_speaker else None,
            "speaks_more_count": max(told.speaks_count - len(told.speaks), 0) if told else 0,
            "attendee_name": " ".join(names.get(facts.get("attendee", ""), "").split()),
            "link": _spoken(self._link(message), language),
            "agenda_link": _spoken(
                links.my_agenda(self.settings, f"{message.conference}:{message.recipient}"), language
            ),
            **self._programme_facts(message, conference=conference, say=say, clock=clock, names=names),
        }

    def _own_facts(self, association: Association, *, tender: str) -> dict[str, Any]:
        """Who writes, and where money goes: as the association says, or for the first one as the settings do."""
        said = getattr(association, PAY_TO[tender].lower()) if tender in PAY_TO else ()
        is_first = association.id in ("", FIRST)
        return {"association": association, "pay_to": said or (pay_to(self.settings, tender) if is_first else [])}

    def _programme_facts(
        self,
        message: Message,
        *,
        conference: Conference,
        say: Callable[..., str],
        clock: Clock,
        names: Mapping[str, str],
    ) -> dict[str, Any]:
        """For a release's digest, and the invitations in its place: all of it as sentences."""
        if message.purpose not in (Purpose.PROGRAMME_CHANGED, Purpose.SESSION_INVITATION):
            return {}
        is_digest = message.purpose is Purpose.PROGRAMME_CHANGED
        items = message.facts["items"] if is_digest else [message.facts]
        groups = laid_out(
            items,
            say=say,
            clock=clock,
            names=names,
            money=lambda amount: amount_in_words(amount, conference.currency, locale=clock.locale),
            link=lambda registration: links.my_registration(self.settings, registration),
        )
        return {
            "groups": groups,
            "news": in_one_sentence(items, say=say),
            "has_choice": is_digest and any(has_choice(item) for item in items),
            "only_speaks": is_digest and only_speaks(items),
        }

    def _link(self, message: Message) -> str:
        facts = message.facts
        match message.purpose:
            case Purpose.REFUND_FAILED | Purpose.PAYEE_NAMED:
                return links.payee(self.settings, facts["refund"])
            case Purpose.LINE_ADDED:
                return links.pay(self.settings, facts["order"])
            case Purpose.CREDIT:
                return links.my_credits(self.settings, message.recipient)
            case Purpose.PROGRAMME_CHANGED:
                chooses = [item["registration"] for item in facts["items"] if has_choice(item)]
                if chooses:
                    return links.my_registration(self.settings, chooses[0])
                if only_speaks(facts["items"]):
                    return links.speaking(self.settings, message.conference, message.recipient)
                return links.my_agenda(self.settings, facts["agenda"])
            case Purpose.SESSION_INVITATION:
                return links.my_agenda(self.settings, facts["agenda"])
            case Purpose.SEAT_OFFERED:
                return links.my_agenda(self.settings, f"{message.conference}:{message.recipient}")
            case (
                Purpose.PROPOSAL_RECEIVED
                | Purpose.PROPOSAL_DECIDED
                | Purpose.SPEAKER_CONFIRMED
                | Purpose.SPEAKER_WITHDREW
            ):
                return links.speaking(self.settings, message.conference, message.recipient)
            case Purpose.ADDRESS_PROOF:
                return links.address_proof(self.settings, facts["change"])
            case Purpose.LINK_ASKED:
                return self._asked_link(message)
            case _ if message.is_to_speaker:
                return links.conference(self.settings, message.conference)
            case _ if is_payer(message.recipient):
                return links.my_order(self.settings, facts["order"])
            case _:
                return links.my_registration(self.settings, message.subject)

    def _asked_link(self, message: Message) -> str:
        match message.facts["kind"]:
            case "proof":
                return links.proof(self.settings, message.facts["about"])
            case "registration":
                return links.my_registration(self.settings, message.facts["about"])
            case "several":
                return links.my_order(self.settings, message.facts["about"])
            case "speaking":
                return links.speaking(self.settings, message.conference, message.recipient)
            case _:
                return links.my_agenda(self.settings, f"{message.conference}:{message.recipient}")


@lru_cache(maxsize=256)
def written_language(purpose: Purpose, wanted: str) -> str:
    """The language in which somebody is written to: their own, if this message has words in it."""
    language = wanted[:2].lower()
    folder = words_folder(purpose)
    return language if language in LOCALES and (folder / f"words.{language}.toml").is_file() else ENGLISH


def words_folder(purpose: Purpose) -> Path:
    """Where the sentences of a purpose are."""
    return FOLDER / WORDS_OF.get(purpose, purpose)


def sentences(folder: Path, language: str) -> dict[str, str]:
    """The sentences that a folder has in a language, by name."""
    file = folder / f"words.{language}.toml"
    words = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: typeset(sentence, language=language) for name, sentence in words.items()}


PAY_TO = {"cheque": "CHEQUES_TO", "transfer": "TRANSFERS_TO", "purchase_order": "PURCHASE_ORDERS_TO"}


def pay_to(settings: Settings, tender: str) -> list[str]:
    """Where money paid this way goes, line by line as the settings have it; nothing where they don't say."""
    said = settings.environment.get(PAY_TO[tender], "") if tender in PAY_TO else ""
    return [line.strip() for line in said.split("|") if line.strip()]


def typed_address(settings: Settings) -> str:
    """The address that a letter's reader types, before the code."""
    return f"{settings.urls['notifications']}/notifications/letter"


def spaced(code: str) -> str:
    """A code in groups of four, as one reads it aloud."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@pass_context
def _money(context: Context, amount_minor: int, currency: str) -> str:
    return amount_in_words(amount_minor, currency, locale=context["locale"])


@pass_context
def _day(context: Context, day: date | str) -> str:
    return day_written(day, context["locale"])


def _spoken(link: str, language: str) -> str:
    """The link with the language that its page is to be in; registration knows that of its people by itself."""
    return link if language == ENGLISH or "/registration/" in link else f"{link}?{CHOSEN}={language}"


def _strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def _linked(text: str, address: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, text)


def _the(title: str, language: str) -> str:
    """The conference within a sentence; only English needs an article before such a name."""
    if language != ENGLISH or title.lower().startswith("the "):
        return title
    return f"the {title}"


def _last_day(until: datetime, zone: str) -> date:
    """The day at whose end a deadline is."""
    return (until.astimezone(ZoneInfo(zone)) - timedelta(seconds=1)).date()
