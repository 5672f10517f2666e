"""What a decision would do to one service's part, as it is asked, found and compared with what was found before: pure.

A digest is over whom a decision concerns and what of them, over its terms and its texts; two of them differ by a drift.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shared.contracts.consequences import ID_COUNT_MAX, Anomaly, Consequence, Drift
from shared.contracts.scheduling import PreviewAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What somebody wants to know, as `PreviewAsked` said it, and what was answered."""

    id: str  # the preview
    conference: str
    decision: str
    revision: int
    kind: str
    choose_by: date | None = None
    choose_until: datetime | None = None
    reason: str = ""
    decision_text: str = ""
    compared_with: str = ""
    terms: str = ""  # digests of what was answered, by which the next preview says what has changed
    texts: str = ""
    correlation: str = ""
    actor: str = ""  # who wants to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of those whom a decision would concern: what of them it is about, and how much money."""

    facts: str
    amount_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a service found that a decision would do, and whom it would concern."""

    registrations: Sequence[str]  # their ids, by which services compare whether they know of the same ones
    members: Mapping[str, Member]
    lines: Sequence[Consequence]
    anomalies: Sequence[Anomaly] = ()
    currency: str = ""
    terms: str = ""  # everything beyond the members that the outcome hangs on
    texts: str = ""  # the words that would be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Whom an earlier preview concerned, and the digests of its terms and texts."""

    members: Mapping[str, tuple[str, int]]
    terms: str
    texts: str


def drift_of(before: Population | None, members: Mapping[str, tuple[str, int]], *, terms: str, texts: str) -> Drift:
    """What differs between whom a preview concerned and whom this one does; nothing is known where nothing was kept."""
    if before is None:
        return Drift()
    joined = members.keys() - before.members.keys()
    left = before.members.keys() - members.keys()
    changed = [each for each in members.keys() & before.members.keys() if members[each] != before.members[each]]
    return Drift(
        is_compared=True,
        joined_count=len(joined),
        joined_minor=sum(members[each][1] for each in joined),
        left_count=len(left),
        left_minor=sum(before.members[each][1] for each in left),
        changed_count=len(changed),
        changed_minor=sum(members[each][1] - before.members[each][1] for each in changed),
        are_terms_changed=terms != before.terms,
        are_texts_changed=texts != before.texts,
    )


@dataclass(slots=True)
class Tally:
    """Lines and oddities as they are counted."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sums: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    odd: dict[str, list[str]] = field(default_factory=dict)
    odd_sums: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, by: str = "", *, language: str = "", count: int = 1, amount_minor: int = 0) -> None:
        """So many more of this line, and so much more money."""
        self.counts[what, by, language] += count
        self.sums[what, by, language] += amount_minor

    def note(self, what: str, id_: str, *, amount_minor: int = 0) -> None:
        """One more of something odd."""
        self.odd.setdefault(what, []).append(id_)
        self.odd_sums[what] += amount_minor

    @property
    def lines(self) -> tuple[Consequence, ...]:
        """What was counted, in the order of its names."""
        return tuple(
            Consequence(what=what, by=by, language=language, count=count, amount_minor=self.sums[what, by, language])
            for (what, by, language), count in sorted(self.counts.items())
            if count or self.sums[what, by, language]
        )

    @property
    def anomalies(self) -> tuple[Anomaly, ...]:
        """What is odd, in the order of its names."""
        return tuple(
            Anomaly(
                what=what,
                count=len(ids),
                ids=tuple(sorted(ids)[:ID_COUNT_MAX]),
                amount_minor=self.odd_sums[what],
            )
            for what, ids in sorted(self.odd.items())
        )


def inquiry_of(said: PreviewAsked, *, correlation: str = "", actor: str = "") -> Inquiry:
    """What was asked."""
    return Inquiry(
        id=said.preview,
        conference=said.conference,
        decision=said.decision,
        revision=said.revision,
        kind=said.kind,
        choose_by=said.choose_by,
        choose_until=said.choose_until,
        reason=said.reason,
        decision_text=said.decision_text,
        compared_with=said.compared_with,
        correlation=correlation,
        actor=actor,
    )


def answered(inquiry: Inquiry) -> dict[str, Any]:
    """Of every answer, to what it is one."""
    return {
        "preview": inquiry.id,
        "conference": inquiry.conference,
        "decision": inquiry.decision,
        "revision": inquiry.revision,
    }


def digest_of_text(text: str) -> str:
    """So short that thousands of them are kept, and long enough that no two that differ are taken for one."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
