"""Owns deposit slips: cheques that went to the bank together."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit slip: cheques taken to the bank together."""

    id: str
    deposited_on: date
    payments: tuple[str, ...]
    amount_minor: int
    currency: str
