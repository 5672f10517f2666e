"""Every message with each of its facts missing, in every language: nothing may read as if a word had fallen out."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.words import Words
from services.notifications.messages.jobs.wording import Wording
from shared.web.languages import LOCALES
from tests.unit.test_notifications_wording import CONFERENCE, DANA, EVERY, NAMES, NOW, message, wording

__all__ = ["wording"]

# What an event always says, and may never leave empty: how a thing is called, which way it went, what it costs in.
ALWAYS_SAID = {
    "outcome",
    "tender",
    "currency",
    "choice",
    "rail",
    "agenda",
    "registration",
    "refund",
    "items",
    "roles",
    "changes",
    "session",
    "uid",
    "by",
    "kind",
    "title",
    "number",
    "product",
    "release_name",
    "default_choice",
    "starts",  # of a session with a time: which it is, its changes say
    "ends",
    "starts_before",
    "ends_before",
    "until",
}
# ... and what may be left empty where it is said of something else.
SAID_OF = {(Purpose.OPTION_RENAMED, "label"), (Purpose.OPTION_RENAMED, "from_label")}
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
_ENDS = r"(?=\s*(?:[.,;:!?)]|$))"
_DANGLING = {
    "en": ("for", "of", "to", "at", "on", "by", "with", "and", "under", "the", "from", "over", "until", "or without"),
    "fr": ("de", "du", "à", "pour", "par", "avec", "et", "dans", "le", "la", "les", "sur"),
    "nl": ("van", "voor", "met", "en", "naar", "op", "de", "tot", "bij", "onder"),
}
# Ends of whole sentences that a rule takes for torn ones.
_WHOLE = (
    "sign up",
    "pass it on",
    "put it on",
    "lead to",
    "speak to",
    "register for",
    "come to",
    "look at",
    "pays for",
    "paid with",
    "came from",
)
_BROKEN = {
    "an empty place": re.compile(r"(?<=\S)  +(?=\S)"),
    "a sign without its word": re.compile(r"\s[,.](?:\s|$)|,[.,;:]|\.\.(?!\.)|\(\s*\)|“\s*”|«\s*»|:\s*[.,;]"),
    "a value of the program's own": re.compile(r"\bNone\b|\bnull\b|\bTrue\b|\bFalse\b|\{|\}|Undefined|\[\]"),
    "a label without its value": re.compile(r"(?m)^  [^:\n]+:\s*$"),
}


def without_one() -> Iterator[tuple[Purpose, dict[str, Any], str]]:
    """Every message as it is in the tests, and with each fact that may be missing left empty in turn."""
    for purpose, facts in EVERY:
        yield purpose, facts, ""
        for name, value in facts.items():
            if (purpose, name) in SAID_OF:
                continue
            if name not in ALWAYS_SAID and (empty := _empty(value)) is not value:
                yield purpose, facts | {name: empty}, name
        for number, item in enumerate(facts.get("items", ())):
            for name, value in item.items():
                if name not in ALWAYS_SAID and (empty := _empty(value)) is not value:
                    items = [*facts["items"][:number], item | {name: empty}, *facts["items"][number + 1 :]]
                    yield purpose, facts | {"items": items}, f"items.{number}.{name}"


def _empty(value: Any) -> Any:
    """What stands where nothing is known."""
    match value:
        case str():
            return None if _DAY.match(value) else "" if value else value
        case bool():
            return value
        case int():
            return 0 if value else value
        case list() | tuple():
            return type(value)() if value else value
        case None:
            return value
        case _:
            return None


CASES = list(without_one())


def broken(text: str, language: str) -> list[str]:
    """What reads as if a word had fallen out, with the line it is in."""
    found = [
        f"{what}: {line.strip()!r}"
        for line in text.splitlines()
        for what, rule in _BROKEN.items()
        if rule.search(line if what == "a label without its value" else line.strip())
    ]
    torn = re.compile(rf"\b(?:{'|'.join(_DANGLING[language])}){_ENDS}", re.IGNORECASE)
    for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
        ended = torn.search(sentence.strip().rstrip(".!?"))
        is_end = ended is not None and ended.end() == len(sentence.strip().rstrip(".!?"))
        if is_end and not sentence.strip().rstrip(".!?").endswith(_WHOLE):
            found.append(f"a sentence without its end: {sentence.strip()!r}")
    return found


@pytest.mark.parametrize("is_letter", [False, True], ids=["mail", "letter"])
@pytest.mark.parametrize("language", LOCALES)
def test_no_message_has_a_hole_where_a_fact_is_missing(wording: Wording, language: str, is_letter: bool) -> None:
    contact = replace(DANA, language=language)
    holes = []
    for purpose, facts, missing in CASES:
        written = _written(wording, purpose, facts, contact=contact, is_letter=is_letter)
        for text in (written.subject, written.text, _shown(written.html)):
            holes += [f"{purpose} without {missing or 'nothing'}: {each}" for each in broken(text, language)]

    assert sorted(set(holes)) == []


@pytest.mark.parametrize(
    "torn",
    [
        "Register, or without.",
        "Your invoice  is void.",
        "The session () moved.",
        "Please write None on its back.",
        "The title is “”.",
        "You were at .",
        "  Reference: ",
    ],
)
def test_the_rules_find_what_is_torn(torn: str) -> None:
    assert broken(torn, "en") != []


def _written(wording: Wording, purpose: Purpose, facts: dict[str, Any], *, contact: Any, is_letter: bool) -> Words:
    of = message(purpose, facts)
    if is_letter:
        return wording.letter(of, contact=contact, conference=CONFERENCE, written_on=NOW, names=NAMES)
    return wording.mail(of, contact=contact, conference=CONFERENCE, names=NAMES)


def _shown(html: str) -> str:
    """The words of a page, without its styles and marks; a cell or a paragraph is a line."""
    body = re.sub(r"(?s)<style>.*?</style>", "", html)
    lines = re.sub(r"(?i)<(?:br|/p|/h\d|/li|/td|/tr|/div|/address|/section)[^>]*>", "\n", body)
    return "\n".join(" ".join(line.split()) for line in re.sub(r"<[^>]+>", "", lines).splitlines())
