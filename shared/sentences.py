"""Sentences that are said in the reader's language, and the facts in them.

A sentence is English and stands for its translations: the catalogues are taken from `marked` and `phrase`. Facts stay
facts until a sentence is said: only then does an amount or a day become words, as the reader's people write them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from shared.money import in_words

ENGLISH = "en_US"
_DAYS = {"en_US": "EEEE, MMMM d", "fr_FR": "EEEE d MMMM", "nl_NL": "EEEE d MMMM"}
_SPANS = {"en_US": "%s, %s to %s", "fr_FR": "%s, %s à %s", "nl_NL": "%s, %s tot %s"}
_AND = {"en_US": "and", "fr_FR": "et", "nl_NL": "en"}


def marked(sentence: str) -> str:
    """The sentence as it is, in English; whoever shows it asks for its translation. `%(name)s` stands for a fact."""
    return sentence


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a sentence that is translated for itself, such as an item of a list, with its own facts."""

    sentence: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount as a fact, in minor units."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when something is, as clocks in its zone show it."""

    starts: datetime
    ends: datetime
    zone: str
    by_half_days: bool = False  # in English with AM and PM; elsewhere always by 24 hours


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day as clocks in its zone show it; in English with AM and PM."""

    instant: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Several facts, one after the other."""

    facts: tuple[Any, ...]
    mark: str = ", "
    is_joined: bool = False  # the last one by an "and"


def phrase(sentence: str, /, **facts: Any) -> Phrase:
    """A part of a sentence; its template is taken into the catalogues."""
    return Phrase(sentence, facts)


def say(
    sentence: str, facts: Mapping[str, Any], *, locale: str = ENGLISH, translated: Callable[[str], str] = str
) -> str:
    """The sentence in the language that `translated` knows, with its facts as people of this locale write them."""
    return translated(sentence) % {
        name: written(fact, locale=locale, translated=translated) for name, fact in facts.items()
    }


def written(fact: Any, *, locale: str = ENGLISH, translated: Callable[[str], str] = str) -> str:
    """A fact as people of this locale write it."""
    match fact:
        case Phrase():
            return say(fact.sentence, fact.facts, locale=locale, translated=translated)
        case Listed():
            return _listed(fact, [written(each, locale=locale, translated=translated) for each in fact.facts], locale)
        case Hour():
            return _hour(fact.instant.astimezone(ZoneInfo(fact.zone)), locale, by_half_days=True)
        case Sum():
            return in_words(fact.amount_minor, fact.currency, locale=locale)
        case Span():
            return _span(fact, locale)
        case date():
            return str(format_date(fact, format="full", locale=locale))
        case _:
            return str(fact)


def _listed(listed: Listed, texts: list[str], locale: str) -> str:
    if not listed.is_joined or len(texts) < 2:
        return listed.mark.join(texts)
    return f"{listed.mark.join(texts[:-1])} {_AND[locale]} {texts[-1]}"


def _span(span: Span, locale: str) -> str:
    starts, ends = (each.astimezone(ZoneInfo(span.zone)) for each in (span.starts, span.ends))
    first = _hour(starts, locale, by_half_days=span.by_half_days)
    until = _hour(ends, locale, by_half_days=span.by_half_days)
    if ends.date() != starts.date():
        until = f"{_day(ends, locale)}, {until}"
    return _SPANS[locale] % (_day(starts, locale), first, until)


def _day(at: datetime, locale: str) -> str:
    return str(format_datetime(at, _DAYS[locale], locale=locale))


def _hour(at: datetime, locale: str, *, by_half_days: bool) -> str:
    pattern = "h:mm a" if by_half_days and locale == ENGLISH else "HH:mm"
    return str(format_datetime(at, pattern, locale=locale))
