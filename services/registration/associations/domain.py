"""What an association says of itself on mails, letters and invoices.

Owns the facts. Leaves to each service what it prints of them.
"""

from typing import ClassVar

from shared.associations import Association
from shared.change import Change
from shared.problem import NotFound, Refusal


class AssociationUnknown(NotFound):
    """Nobody has described this association."""


class DescribedMeanwhile(Refusal):
    """Somebody else has described it since the form was shown."""

    status: ClassVar[int] = 412
    title = "Somebody else was quicker"


def describe(known: Association | None, said: Association) -> Change[Association]:
    """From now on it says this of itself; said again it changes nothing."""
    return Change(said) if known == said else Change(said, (said.said,))
