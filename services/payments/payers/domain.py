"""Owns how whoever pays is called: a person who registered themselves, or a town that pays for several.

Registration owns these facts, and says when they change; here they are only for reading. What was issued names nobody:
an invoice has a number, and whoever reads it is shown who pays as they are called now.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Somebody who pays, or may come to: everybody who registers is known, because they may."""

    id: str
    name: str
    postal_address: tuple[str, ...] = ()
    reference: str = ""  # what a town wants to read on its invoices
