"""Conflicts of the draft: what can't be, or should not."""

from enum import StrEnum


class Rule(StrEnum):
    """What a conflict is about."""

    ROOM_TWICE = "room_twice"
    ROOM_AWAY = "room_away"
    SPEAKER_TWICE = "speaker_twice"
    SPEAKER_AWAY = "speaker_away"
    ROOM_TOO_SMALL = "room_too_small"
    EQUIPMENT_MISSING = "equipment_missing"
    STEPS = "steps"
    ORDER = "order"
    TRACK_CROWDED = "track_crowded"
    BREAK_OVERLAPPED = "break_overlapped"
    BOTH_WANTED = "both_wanted"
