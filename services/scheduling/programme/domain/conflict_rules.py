"""The rules that a plan is held against, how much each weighs, and what is said when one is broken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from services.scheduling.programme.domain.programme import (
    Level,
    Programme,
)

NOTHING: Mapping[str, int] = MappingProxyType({})
NO_PAIRS: Mapping[tuple[str, str], int] = MappingProxyType({})


class Rule(StrEnum):
    """What a conflict is about."""

    ROOM_TWICE = "room_twice"
    ROOM_AWAY = "room_away"
    SPEAKER_TWICE = "speaker_twice"
    SPEAKER_AWAY = "speaker_away"
    ORDER = "order"
    OUTSIDE = "outside"
    ROOM_TOO_SMALL = "room_too_small"
    EQUIPMENT_MISSING = "equipment_missing"
    STEPS = "steps"
    BREAK_OVERLAPPED = "break_overlapped"
    TRACK_CROWDED = "track_crowded"
    BOTH_WANTED = "both_wanted"


LEVELS: Mapping[Rule, Level] = MappingProxyType(
    {
        Rule.ROOM_TWICE: Level.BLOCK,
        Rule.ROOM_AWAY: Level.BLOCK,
        Rule.SPEAKER_TWICE: Level.BLOCK,
        Rule.SPEAKER_AWAY: Level.BLOCK,
        Rule.ORDER: Level.BLOCK,
        Rule.OUTSIDE: Level.BLOCK,
        Rule.ROOM_TOO_SMALL: Level.WARN,
        Rule.EQUIPMENT_MISSING: Level.WARN,
        Rule.STEPS: Level.WARN,
        Rule.BREAK_OVERLAPPED: Level.WARN,
        Rule.TRACK_CROWDED: Level.WARN,
        Rule.BOTH_WANTED: Level.WARN,
    }
)  # what can't be blocks a release, what should not be warns


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One thing that is wrong with the draft: about which sessions, how much it weighs, and what it is, in words."""

    rule: Rule
    level: Level
    sessions: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What people want of a conference's sessions, as far as they have said so."""

    stars: Mapping[str, int] = field(default_factory=dict)
    signed_up: Mapping[str, int] = field(default_factory=dict)
    wanted_together: Mapping[tuple[str, str], int] = field(default_factory=dict)


def level_of(programme: Programme, rule: Rule) -> Level:
    """How much a conflict weighs for this committee."""
    return programme.levels.get(rule.value, LEVELS[rule])
