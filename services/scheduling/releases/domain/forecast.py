"""What a release would do, as it is shown before anybody does it. Worked out in `preview`, and kept nowhere."""

from dataclasses import dataclass

from services.scheduling.releases.domain.releases import Difference, Release
from services.scheduling.releases.domain.releasing import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One changed session: what is said of it, and how many people it touches in which role."""

    difference: Difference
    sentence: str
    person_count: int
    role_counts: dict[str, int]
    clash_count: int  # people for whom it is now at the same time as something else of theirs
    seats_lost_count: int
    points: str  # what becomes of its approval, in words; empty when nothing does


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a release of the draft as it is now would do."""

    seen: Seen
    number: int
    last: Release | None
    conflicts: tuple[str, ...]  # that block it
    warnings: tuple[str, ...]  # conflicts that don't
    hits: tuple[Hit, ...]
    message_count: int  # one for each person, however many of their sessions changed
    paid_count: int  # of them, those who paid for something that is cancelled

    @property
    def may_be_released(self) -> bool:
        """Whether there is something to release, and nothing that blocks it."""
        return bool(self.hits) and not self.conflicts

    @property
    def clash_count(self) -> int:
        """New clashes in people's agendas."""
        return sum(each.clash_count for each in self.hits)

    @property
    def seats_lost_count(self) -> int:
        """Seats that people lose to smaller rooms."""
        return sum(each.seats_lost_count for each in self.hits)
