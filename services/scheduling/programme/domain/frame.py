"""The frame of a programme: its rooms, tracks and times, and how much each conflict weighs.

One document that the committee sets as a whole. What sessions use can't be taken out of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import (
    Edit,
    EditedMeanwhile,
    Level,
    Programme,
    Room,
    Session,
    Times,
    Track,
    meanwhile,
)
from services.scheduling.programme.domain.wording import listed
from shared.problem import Invalid, Refusal

SHOWN_MAX = 5  # sessions that a refusal names


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the committee sets."""

    rooms: tuple[Room, ...] = ()
    tracks: tuple[Track, ...] = ()
    times: tuple[Times, ...] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)
    same_track_at_once_max: int = 2
    both_wanted_min: int = 10


class InUse(Refusal):
    """A room or track that sessions use stays."""

    title = "It is still in use"


class NamedTwice(Invalid):
    """Two things can't have the same id or name."""


class TimesOverlap(Invalid):
    """The programme's usual times follow one another."""


def set_(
    programme: Programme, asked: Frame, *, sessions: Collection[Session], seen: int | None, by: str, now: datetime
) -> Programme:
    """The programme in this frame; one that has it already is left as it is, whatever was seen."""
    asked = replace(asked, times=tuple(sorted(asked.times, key=lambda each: each.starts)))
    changed = replace(
        programme,
        rooms=asked.rooms,
        tracks=asked.tracks,
        times=asked.times,
        levels=asked.levels,
        same_track_at_once_max=asked.same_track_at_once_max,
        both_wanted_min=asked.both_wanted_min,
    )
    if changed == programme and programme.revision:
        return programme
    if seen not in (None, programme.revision):
        raise EditedMeanwhile(
            f"The frame was not changed by you. {meanwhile((programme.edit,) if programme.edit else ())} "
            "Look at it as it is now, then make your change again.",
            seen=seen,
            version=programme.revision,
        )
    _must_be_sound(asked)
    _must_keep_what_is_used(asked, sessions)
    what = f"another set of {listed(_differences(programme, changed))}"
    return replace(changed, revision=programme.revision + 1, edit=Edit(by=by, at=now, what=what))


def _differences(before: Programme, after: Programme) -> list[str]:
    pairs = {
        "rooms": before.rooms != after.rooms,
        "tracks": before.tracks != after.tracks,
        "times": before.times != after.times,
    }
    return [name for name, differs in pairs.items() if differs] or ["rules"]


def _must_be_sound(asked: Frame) -> None:
    for field_, names in (
        ("rooms", [each.id for each in asked.rooms]),
        ("rooms", [each.name for each in asked.rooms]),
        ("tracks", [each.id for each in asked.tracks]),
        ("tracks", [each.title for each in asked.tracks]),
        ("times", [each.id for each in asked.times]),
    ):
        twice = _named_twice(names)
        if twice:
            detail = f"{twice} stands there twice. Nothing was changed; name each once."
            raise NamedTwice(detail, errors={"json": {field_: [detail]}})
    for one, next_ in pairwise(asked.times):
        if next_.starts < one.ends:
            detail = f"{one.id} and {next_.id} overlap. Nothing was changed; let one end before the next begins."
            raise TimesOverlap(detail, errors={"json": {"times": [detail]}})


def _named_twice(names: Sequence[str]) -> str:
    seen = set[str]()
    for each in names:
        if each.casefold() in seen:
            return each
        seen.add(each.casefold())
    return ""


def _must_keep_what_is_used(asked: Frame, sessions: Collection[Session]) -> None:
    rooms, tracks = {each.id for each in asked.rooms}, {each.id for each in asked.tracks}
    in_room = [each.code for each in sessions if each.slot and each.slot.room not in rooms]
    in_track = [each.code for each in sessions if each.track and each.track not in tracks]
    for what, codes, advice in (("room", in_room, "another place"), ("track", in_track, "another track")):
        if codes:
            more = f" and {len(codes) - SHOWN_MAX} more" if len(codes) > SHOWN_MAX else ""
            raise InUse(
                f"Sessions are still in a {what} that would be gone: {', '.join(codes[:SHOWN_MAX])}{more}. "
                f"Nothing was changed; give them {advice} first."
            )


def shifted(times: tuple[Times, ...], *, days: int, zone: str, zone_before: str) -> tuple[Times, ...]:
    """Times so many days later, at the hour that clocks in their zone showed."""

    def moved(at: datetime) -> datetime:
        local = at.astimezone(ZoneInfo(zone_before)).replace(tzinfo=None) + timedelta(days=days)
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)

    return tuple(replace(each, starts=moved(each.starts), ends=moved(each.ends)) for each in times)
