"""What a service says a decision would do to its own part: lines, what is odd, and how it differs from before.

No name and no address: counts, sums in minor units of the conference's currency, and ids.
"""

from dataclasses import dataclass

LINE_COUNT_MAX = 200
ANOMALY_COUNT_MAX = 12
ID_COUNT_MAX = 50  # of one anomaly: nobody reads more of them, and its count says how many there are
EXAMPLE_COUNT_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """One line of a preview: so many of what, by tender, channel or state, and how much money that is."""

    what: str
    by: str = ""
    language: str = ""  # of a message
    count: int = 0
    amount_minor: int = 0
    is_binding: bool = True  # a balance, fees and durations are shown; nobody approves them


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """Something odd that a person should know of before they decide: how often, where, and how much money it is."""

    what: str
    count: int
    ids: tuple[str, ...] = ()  # the first of them, at most `ID_COUNT_MAX`
    amount_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a preview differs from the one that it was compared with; sums say what there is more of (or less)."""

    is_compared: bool = False  # False: there was none, or what it was about is not kept any more
    joined_count: int = 0
    joined_minor: int = 0
    left_count: int = 0
    left_minor: int = 0
    changed_count: int = 0
    changed_minor: int = 0
    are_terms_changed: bool = False
    are_texts_changed: bool = False

    @property
    def is_none(self) -> bool:
        """Whether nothing differs, as far as that is known."""
        return self in (Drift(), Drift(is_compared=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What one order would be told, with its own sums: what `SettlementOffered` and its like would say."""

    outcome: str  # offered | voided | awaited | released
    order: str
    registration: str
    person: str
    number: str
    tender: str
    paid_minor: int = 0
    fee_minor: int = 0
    refundable_minor: int = 0
    voided_minor: int = 0
    awaited_minor: int = 0
    released_minor: int = 0
    credit_minor: int = 0  # of what may go back: a credit had paid it
    choices: tuple[str, ...] = ()
    default_choice: str = ""
    is_of_several: bool = False
    registration_count: int = 1
