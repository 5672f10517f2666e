"""Owns how a run's figures are shown: a table for people, beside what the story implies."""

import json
from collections.abc import Mapping

import iso4217

from deploy.acceptance.expectation import Expected
from deploy.acceptance.story import Story

_TITLES = {
    "registrations": "Registrations ended",
    "settled": "Registrations settled to the cent",
    "voided_minor": "Invoices voided",
    "grants_released_minor": "Grants released",
    "refunds_approved_minor": "Refunds approved",
    "credits_minor": "Kept as credits",
    "donations_minor": "Donated",
    "kept_minor": "Fees kept under the terms",
    "card_refunds_minor": "Refunds sent to cards",
    "card_refunds_failed_minor": "... of which came back",
    "cheque_refunds_minor": "Refunds by cheque",
    "transfer_refunds_minor": "Refunds by transfer",
    "deferred_minor": "Still deferred",
    "refunds_payable_minor": "Still owed as refunds",
    "ledger_sum_minor": "Debits less credits",
    "provider_refund_objects": "Refunds at the card provider",
    "mails": "Mails accepted",
    "letters": "Letters in the print queue",
    "persons_told": "Registrants told",
    "refunds_doubled": "Refunds paid twice",
    "refunds_missing": "Refunds missing",
    "messages_doubled": "Messages that arrived twice",
    "messages_ambiguous": "Messages nobody knows about",
    "left_before": "Left before the decision",
    "left_refunded_minor": "... refunds approved",
    "left_kept_minor": "... fees kept",
    "left_voided_minor": "... invoices reduced",
    "left_released_minor": "... grants released",
    "seconds": "Seconds from decision to settled",
}
_WIDTH = 18


def table(story: Story, line: Mapping[str, object], *, expected: Expected) -> str:
    """What was found, what the story implies, and a mark where they differ."""
    decimals = iso4217.Currency(story.currency).exponent or 0
    rows = [f"{story.title}, cancelled on {story.cancelled_on:%d %B %Y} ({story.currency})", ""]
    rows.append(f"{'':36}{'found':>{_WIDTH}}{'by the story':>{_WIDTH}}")
    for name, title in _TITLES.items():
        found = _in_words(name, line[name], decimals=decimals)
        implied, holds = _implied(name, line[name], expected=expected, decimals=decimals)
        rows.append(f"{title:36}{found:>{_WIDTH}}{implied:>{_WIDTH}}{'' if holds else '   <- differs'}")
    return "\n".join(rows)


def as_line(line: Mapping[str, object]) -> str:
    """The figures as the one line that a run ends with."""
    return json.dumps(line, separators=(",", ":"))


def _implied(name: str, found: object, *, expected: Expected, decimals: int) -> tuple[str, bool]:
    assert isinstance(found, int | float)
    if name in expected.exactly:
        return _in_words(name, expected.exactly[name], decimals=decimals), found == expected.exactly[name]
    if name in expected.at_least:
        return f"at least {expected.at_least[name]:,}", found >= expected.at_least[name]
    if name in expected.at_most:
        return f"at most {expected.at_most[name]:,}", found <= expected.at_most[name]
    return "", True


def _in_words(name: str, figure: object, *, decimals: int) -> str:
    if isinstance(figure, float):
        return f"{figure:,.1f}"
    assert isinstance(figure, int)
    return f"{figure / 10**decimals:,.{decimals}f}" if name.endswith("_minor") else f"{figure:,}"
