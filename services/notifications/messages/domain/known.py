"""What messages must know of conferences and payments before they can be written, learned from the other services.

A conference that messages wait for has a place here before it is known.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shared.associations import FIRST

PATIENCE = timedelta(minutes=30)  # on the host's clock: moving the other one makes nobody late with a payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Why a conference will not take place, and until when its registrants choose."""

    run: str
    reason: str
    decision: str
    cancelled_on: date
    choose_by: date
    default_choice: str
    learned_at: datetime | None = None
    speakers_follow: bool = False  # who was to speak is told one by one, and how many they were at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """What messages say about a conference. Unknown until scheduling has told."""

    id: str
    title: str = ""
    city: str = ""
    zone: str = "UTC"
    currency: str = ""
    starts: date = date.min
    ends: date = date.min
    cancellation: Cancellation | None = None
    learned_at: datetime | None = None
    is_known: bool = True
    is_awaited: bool = False  # messages wait for it, or for its cancellation
    held_by: str = ""  # the decision about it that can still be undone: nobody is reminded of anything meanwhile
    association: str = FIRST  # whose it is; empty while that isn't known


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """A registration that costs something, as it was asked for: its person has no link to it but on their screen."""

    id: str
    person: str
    conference: str
    facts: dict[str, Any]  # for the words: how and how much they mean to pay


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Somebody has agreed to a payment of this registration (its id), and a bank answers days later."""

    id: str
