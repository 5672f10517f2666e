"""How often a password can be guessed."""

from dataclasses import dataclass

import pytest

from shared.auth import GUESSERS_KEPT_MAX, GUESSES_PER_MINUTE_MAX, Guesses
from shared.problem import TooManyGuesses


@dataclass
class Watch:
    """A clock that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def guessed(watch: Watch, *, role: str = "finance") -> Guesses:
    guesses = Guesses(clock=watch)
    for _ in range(GUESSES_PER_MINUTE_MAX):
        guesses.refuse_too_many(role)
        guesses.count(role)
    return guesses


def test_who_has_guessed_too_often_waits_a_minute() -> None:
    watch = Watch()
    guesses = guessed(watch)

    watch.seconds = 59.9
    with pytest.raises(TooManyGuesses, match="Nothing was changed and nobody was signed in"):
        guesses.refuse_too_many("finance")
    watch.seconds = 60.0
    guesses.refuse_too_many("finance")


def test_guesses_at_one_desk_close_no_other() -> None:
    guessed(Watch()).refuse_too_many("committee")


def test_guesses_from_elsewhere_never_shut_the_owner_out() -> None:
    guesses = guessed(Watch())

    guesses.refuse_too_many("finance", source="192.0.2.7")


def test_guessers_fill_no_memory() -> None:
    guesses = Guesses(clock=Watch())

    for number in range(GUESSERS_KEPT_MAX + 1):
        guesses.count("finance", source=str(number))

    assert len(guesses._failures) == GUESSERS_KEPT_MAX
