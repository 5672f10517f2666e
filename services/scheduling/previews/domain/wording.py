"""A preview in words: how it differs from the one before, what is odd, how long it takes. For desks, in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.scheduling.previews.domain.preview import (
    NOTIFICATIONS,
    PAYMENTS,
    REGISTRATION,
    SCHEDULING,
    Preview,
)
from shared.contracts.consequences import Anomaly, Drift
from shared.money import in_words

_NOUNS: Mapping[str, tuple[str, str]] = {
    REGISTRATION: ("registration", "registrations"),
    PAYMENTS: ("order", "orders"),
    NOTIFICATIONS: ("message", "messages"),
    SCHEDULING: ("session or speaker", "sessions and speakers"),
}


_LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "French", "nl": "Dutch"}
_ODD: Mapping[str, tuple[str, str]] = {
    "no_address": (
        "One person can’t be told: there is neither an e-mail nor a postal address. Have it entered first.",
        "{count} people can’t be told: there is neither an e-mail nor a postal address. Have them entered first.",
    ),
    "mail_came_back": (
        "The last mail to one person came back. Have the address corrected first, or they won’t be told.",
        "The last mail to {count} people came back. Have the addresses corrected first, or they won’t be told.",
    ),
    "dispute_open": (
        "One payment is disputed at the payer’s bank ({amount}). Nothing goes back before the bank has decided.",
        "{count} payments are disputed at their payers’ banks ({amount}). Nothing goes back before those have decided.",
    ),
    "too_old_for_card": (
        "One card payment is older than its card may take a refund ({amount}). It must go back by cheque.",
        "{count} card payments are older than their cards may take a refund ({amount}). They must go back by cheque.",
    ),
    "terms_unknown": (
        "The fee that one older order keeps is not known here. The sums below are without it.",
        "The fees that {count} older orders keep are not known here. The sums below are without them.",
    ),
    "option_choice_open": (
        "One person is choosing about a cancelled session. That choice becomes void: all is settled as one.",
        "{count} people are choosing about cancelled sessions. Those choices become void: all is settled as one.",
    ),
    "speaker_is_registered": (
        "One speaker is registered too, and gets one message about both.",
        "{count} speakers are registered too, and each gets one message about both.",
    ),
    "kind_unknown": (
        "One service is older than this page and could not look.",
        "{count} services are older than this page and could not look.",
    ),
}
_UNKNOWN = ("{what}: {count}", "{what}: {count}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something that a person should know of before they decide: what it is, what will come of it, and where."""

    what: str
    sentence: str
    ids: tuple[str, ...]
    more_count: int  # beyond those ids


def drift_in_words(service: str, drift: Drift, *, currency: str, are_terms_said: bool = True) -> str:
    """`3 more registrations, $1,725.00 more; 1 left, $575.00 less`; empty where nothing has changed.

    The terms are the same for all services: once is enough.
    """
    parts: list[str] = []
    if drift.joined_count:
        words = f"{drift.joined_count:,} more {_noun(service, drift.joined_count)}"
        parts.append(_with_sum(words, drift.joined_minor, currency))
    for count, amount_minor, verb in (
        (drift.left_count, -drift.left_minor, "left" if service == REGISTRATION else "gone"),
        (drift.changed_count, drift.changed_minor, "changed"),
    ):
        if count:
            noun = "" if parts else f"{_noun(service, count)} "
            parts.append(_with_sum(f"{count:,} {noun}{verb}", amount_minor, currency))
    if drift.are_terms_changed and are_terms_said:
        parts.append("the last day for choosing has changed")
    if drift.are_texts_changed:
        parts.append("the words have changed")
    return "; ".join(parts)


def oddity(anomaly: Anomaly, *, currency: str) -> Oddity:
    """What is odd, in a sentence that says what will come of it."""
    one, many = _ODD.get(anomaly.what, _UNKNOWN)
    sentence = (one if anomaly.count == 1 else many).format(
        count=f"{anomaly.count:,}",
        amount=in_words(anomaly.amount_minor, currency) if currency else "",
        what=anomaly.what.replace("_", " "),
    )
    return Oddity(
        what=anomaly.what, sentence=sentence, ids=anomaly.ids, more_count=max(anomaly.count - len(anomaly.ids), 0)
    )


def oddities(preview: Preview) -> list[tuple[str, Oddity]]:
    """All that is odd, what needs a person most first, each with the service that says it."""
    found = [
        (service, oddity(anomaly, currency=preview.currency))
        for service, answer in preview.answers.items()
        for anomaly in answer.anomalies
    ]
    order = list(_ODD)
    return sorted(found, key=lambda each: order.index(each[1].what) if each[1].what in order else -1)


def duration_in_words(seconds: int) -> str:
    """`about a minute`, `about 13 minutes`, `about 4 hours`."""
    minutes = round(seconds / 60)
    if minutes <= 1:
        return "about a minute"
    if minutes < 90:
        return f"about {minutes} minutes"
    return f"about {round(minutes / 60)} hours"


def languages_in_words(counts: Mapping[str, int]) -> str:
    """`950 in English, 40 in French and 10 in Dutch`, the most first; `all in English` where there is but one."""
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    if sum(1 for count in counts.values() if count) == 1:
        return f"all in {_LANGUAGES.get(ranked[0][0], ranked[0][0])}"
    said = [f"{count:,} in {_LANGUAGES.get(language, language)}" for language, count in ranked if count]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))) if said else ""


def _noun(service: str, count: int) -> str:
    one, many = _NOUNS[service]
    return one if count == 1 else many


def _with_sum(words: str, amount_minor: int, currency: str) -> str:
    if not amount_minor:
        return words
    return f"{words}, {in_words(abs(amount_minor), currency)} {'more' if amount_minor > 0 else 'less'}"
