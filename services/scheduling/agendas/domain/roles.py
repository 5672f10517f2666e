"""What somebody may have to do with a session."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody has to do with a session; the word is the same in `AgendaItem.roles`."""

    SPEAKER = "speaker"
    HOLDS_SEAT = "holds_seat"
    WAITS = "waits"
    STARRED = "starred"
