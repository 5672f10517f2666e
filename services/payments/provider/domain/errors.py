"""What can go wrong at the card provider, sorted by whether money may have left."""

from typing import ClassVar

from shared.problem import Refusal
from shared.sentences import marked


class ProviderAway(Refusal):
    """The card provider does not answer; for a person who waits."""

    status: ClassVar[int] = 503
    title = marked("Cards can't be taken at the moment")


class SignatureWrong(Refusal):
    """A webhook that the provider has not sent, or not now."""

    status: ClassVar[int] = 400
    title = "Signature refused"


class Unanswered(Exception):
    """The answer was lost, or doesn't say whether anything was done, or may be another one later."""

    def __init__(self, reason: str, *, is_stored: bool = False, is_down: bool = True) -> None:
        super().__init__(reason)
        self.is_stored = is_stored  # the provider keeps giving this answer under this key
        self.is_down = is_down  # it looks as if the provider were in trouble, and not this one request


class TooMany(Exception):
    """The provider takes no more for the moment; nothing was done."""


class Declined(Exception):
    """The provider has refused for good; nothing was done, and the same request will be refused again."""


class NeedsPerson(Exception):
    """The provider has refused in a way that no rule of ours decides."""
