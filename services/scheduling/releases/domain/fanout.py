"""The fan-out of one release: how far its news has come to the people it touches.

Who is to be told is gathered once, right after the release, and is then a set that doesn't change. It is complete when
those told are exactly those gathered: the same count and the same digest. Fan-outs of one conference go in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.ids import digest_of


class Step(StrEnum):
    """What is done next."""

    SEATING = "seating"  # the rosters are brought up to the release
    GATHERING = "gathering"  # who is touched is written down
    TELLING = "telling"
    COMPLETE = "complete"
    STOPPED = "stopped"  # the conference was cancelled: that is told instead


OVER = (Step.COMPLETE, Step.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanout:
    """The fan-out of one release; its id is the release's."""

    id: str
    conference: str
    number: int
    correlation: str
    actor: str = ""  # who released it
    step: Step = Step.SEATING
    cursor: str = ""  # the last session seated, or the last person gathered
    gathered_count: int | None = None  # known once all are gathered
    gathered_digest: str = ""
    told_count: int = 0
    told_digest: str = ""  # once all are told
    said_count: int = 0  # of them, those for whom it meant something: each got one event

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done."""
        return self.step in OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One person whom one release touches: told, with so many items, or still to be told."""

    id: str  # see `telling_id`
    fanout: str
    person: str
    is_told: bool = False
    item_count: int = 0  # 0: what touched them when they were gathered doesn't any more


def telling_id(fanout: str, person: str) -> str:
    """One for each person and release, however often the job begins again."""
    return f"{fanout}:{person}"


def seated(fanout: Fanout, *, upto: str, is_last: bool) -> Fanout:
    """These rosters are as the release has them."""
    return replace(fanout, cursor="" if is_last else upto, step=Step.GATHERING if is_last else Step.SEATING)


def gathered_upto(fanout: Fanout, person: str) -> Fanout:
    """Everybody up to this person is written down."""
    return replace(fanout, cursor=person)


def gathered(fanout: Fanout, *, persons: Iterable[str]) -> Fanout:
    """These are all."""
    ids = list(persons)
    return replace(fanout, step=Step.TELLING, cursor="", gathered_count=len(ids), gathered_digest=digest_of(ids))


def told(fanout: Fanout, *, person_count: int, said_count: int) -> Fanout:
    """So many more have been seen to, and so many of them were told something."""
    return replace(fanout, told_count=fanout.told_count + person_count, said_count=fanout.said_count + said_count)


def compared(fanout: Fanout, *, persons: Iterable[str]) -> Fanout:
    """Complete, if those told are exactly those gathered."""
    ids = list(persons)
    checked = replace(fanout, told_count=len(ids), told_digest=digest_of(ids))
    is_whole = (checked.told_count, checked.told_digest) == (checked.gathered_count, checked.gathered_digest)
    return replace(checked, step=Step.COMPLETE) if is_whole else checked


def stopped(fanout: Fanout) -> Fanout:
    """Nobody more is told of this release: the conference is cancelled, and that they are told of instead."""
    return replace(fanout, step=Step.STOPPED)
