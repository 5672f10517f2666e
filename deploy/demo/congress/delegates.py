"""Owns who comes to the 79th congress before it begins: what they take, how they pay, which sessions they starred.

All 118 speakers are registered, those with complimentary places and those who pay like others, so that whoever speaks
and comes is one person. 28 hold Academy A-07; A-02, at the same time, is full and people wait for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.acceptance.story.people import drawn, registrant
from deploy.demo.congress import programme
from deploy.demo.congress.programme import KEY, Speaker, speakers

DELEGATE_COUNT = 240
EARLY_PRICE_MINOR = 57_500
DELEGATE, SPEAKER = "delegate", "speaker"  # categories of the fee table
# Who holds which Academy, by their turn among those who don't speak.
A07_COUNT, A09_COUNT, A02_COUNT, A02_WAITING_COUNT = 28, 10, 24, 6
PLACE_COUNTS = {"a-02": 24, "a-09": 30}  # of the others as many as the room and the board allow: 30
C31_STAR_COUNT = 212
STAR_PERCENT = 70  # of the slots in which somebody stars anything


@dataclass(frozen=True, kw_only=True)
class Delegate:
    """One registration for the congress."""

    index: int
    name: str
    email: str
    address_lines: tuple[str, ...]
    category: str
    options: tuple[str, ...] = ()
    pays_by_card: bool = False
    waits_for: str = ""  # a session's code
    stars: tuple[str, ...] = ()  # sessions' codes

    @property
    def tender(self) -> str:
        """By what they pay; who pays nothing says a card."""
        return "card" if self.pays_by_card or self.category == SPEAKER else "purchase_order"

    @property
    def charged_minor(self) -> int:
        """What their town is charged."""
        fee = EARLY_PRICE_MINOR if self.category == DELEGATE else 0
        return fee + sum(price_minor(option) for option in self.options)


def price_minor(option: str) -> int:
    """What an option costs."""
    return programme.ACADEMY_PRICE_MINOR if option.startswith("a-") else programme.DIALOGUE_PRICE_MINOR


def delegates() -> list[Delegate]:
    """Everybody who has registered: the speakers first."""
    sessions = programme.tables()["sessions"]
    cast = speakers()
    others = DELEGATE_COUNT - len(cast)
    return [
        *(_speaker(index, speaker, sessions) for index, speaker in enumerate(cast)),
        *(_other(len(cast) + turn, turn, sessions) for turn in range(others)),
    ]


def _speaker(index: int, speaker: Speaker, sessions: Sequence[dict[str, Any]]) -> Delegate:
    return Delegate(
        index=index,
        name=speaker.name,
        email=speaker.email,
        address_lines=speaker.person.address_lines,
        category=SPEAKER if speaker.is_complimentary else DELEGATE,
        stars=_stars(index, sessions),
    )


def _other(index: int, turn: int, sessions: Sequence[dict[str, Any]]) -> Delegate:
    person = registrant(story_key=KEY, index=index, has_email=True)
    assert person.email is not None
    holds_a07, holds_a09 = turn < A07_COUNT, A07_COUNT <= turn < A07_COUNT + A09_COUNT
    holds_a02 = A07_COUNT + A09_COUNT <= turn < A07_COUNT + A09_COUNT + A02_COUNT
    option = "a-07" if holds_a07 else "a-09" if holds_a09 else "a-02" if holds_a02 else ""
    first_waiting = A07_COUNT + A09_COUNT + A02_COUNT
    return Delegate(
        index=index,
        name=person.name,
        email=person.email,
        address_lines=person.address_lines,
        category=DELEGATE,
        options=(option,) if option else (),
        pays_by_card=holds_a07,
        waits_for="A-02" if first_waiting <= turn < first_waiting + A02_WAITING_COUNT else "",
        stars=_stars(index, sessions),
    )


def _stars(index: int, sessions: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """C-48 is everybody's, C-31 that of 212; of the other slots one session each, or none."""
    crowd, wanted = "C-48", "C-31"
    chosen = [crowd] + ([wanted] if _rank(index) < C31_STAR_COUNT else [])
    at_once: dict[str, list[str]] = {}
    for each in sessions:
        if each["kind"] == "concurrent":
            at_once.setdefault(each["starts"], []).append(each["code"])
    for slot, codes in enumerate(at_once.values()):
        if crowd in codes or wanted in codes or _drawn(100, index, f"slot-{slot}") >= STAR_PERCENT:
            continue
        chosen.append(codes[_drawn(len(codes), index, f"choice-{slot}")])
    return tuple(chosen)


def _rank(index: int) -> int:
    """A place among all delegates that says nothing about who speaks: 97 and 240 have no common divisor."""
    return index * 97 % DELEGATE_COUNT


def _drawn(bound: int, index: int, detail: str) -> int:
    return drawn(bound, story_key=KEY, kind="delegate", index=index, detail=detail)
