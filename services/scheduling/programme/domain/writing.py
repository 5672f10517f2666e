"""A draft written as tables: what an export holds, and what an import compares with."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import Approval, Casting, Programme, Session, Speaker, Window
from services.scheduling.programme.domain.tables import Row, Tables

CONFIRMED = "*"  # behind a speaker who has confirmed
LIST = "; "


def tables_of(
    programme: Programme,
    sessions: Iterable[Session],
    speakers: Mapping[str, Speaker],
    *,
    zone: str,
    reference: Callable[[str], str] = lambda person: person,
) -> Tables:
    """The whole draft; speakers stand under the id that they are known by, for addresses are not kept here.

    `reference` says how a person's id is written.
    """
    written = _Written(programme, list(sessions), speakers, zone, reference)
    return {
        "rooms": written.rooms(),
        "tracks": tuple(_row(number, each.id, title=each.title) for number, each in _numbered(programme.tracks)),
        "times": written.times(),
        "settings": written.settings(),
        "speakers": written.speakers(),
        "sessions": written.sessions(),
    }


def instant_text(instant: datetime, *, zone: str) -> str:
    """`2025-05-19T10:00-05:00`: the local time with its offset, which no change of clocks makes doubtful."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


def yes_or_no(holds: bool) -> str:
    """A yes or no."""
    return "yes" if holds else "no"


def approval_text(approval: Approval) -> str:
    """How an education board's decision stands."""
    if not approval.is_approved:
        return "rejected"
    return "review" if approval.must_be_reviewed else "approved"


class _Written:
    def __init__(
        self,
        programme: Programme,
        sessions: list[Session],
        speakers: Mapping[str, Speaker],
        zone: str,
        reference: Callable[[str], str],
    ) -> None:
        self._programme, self._zone, self._reference = programme, zone, reference
        self._sessions = sorted(sessions, key=lambda each: each.code)
        self._speakers = speakers
        self._codes = {each.id: each.code for each in sessions}

    def rooms(self) -> tuple[Row, ...]:
        return tuple(
            _row(
                number,
                each.id,
                name=each.name,
                seats=str(each.seats),
                features=LIST.join(each.features),
                step_free=yes_or_no(each.is_step_free),
                open=self._windows(each.windows),
            )
            for number, each in _numbered(self._programme.rooms)
        )

    def times(self) -> tuple[Row, ...]:
        return tuple(
            _row(number, each.id, starts=self._instant(each.starts), ends=self._instant(each.ends))
            for number, each in _numbered(self._programme.times)
        )

    def settings(self) -> tuple[Row, ...]:
        values = {
            "same_track_at_once_max": str(self._programme.same_track_at_once_max),
            "both_wanted_min": str(self._programme.both_wanted_min),
            **{rule: level.value for rule, level in sorted(self._programme.levels.items())},
        }
        return tuple(Row(number, {"name": name, "value": value}) for number, (name, value) in _numbered(values.items()))

    def speakers(self) -> tuple[Row, ...]:
        conference = self._programme.conference
        by_name = sorted(self._speakers.values(), key=lambda each: (each.name, each.id))
        return tuple(
            _row(
                number,
                self._reference(each.id),
                name=each.name,
                biography=each.biography,
                complimentary=yes_or_no(
                    conference in each.appearances and each.appearances[conference].is_complimentary
                ),
                away=self._windows(each.away_at(conference)),
            )
            for number, each in _numbered(by_name)
        )

    def sessions(self) -> tuple[Row, ...]:
        return tuple(Row(number, self._session(each)) for number, each in _numbered(self._sessions))

    def _session(self, session: Session) -> dict[str, str]:
        slot, approval = session.slot, session.approval
        return {
            "code": session.code,
            "title": session.title,
            "kind": session.kind.value,
            "minutes": str(session.minutes),
            "track": session.track,
            "room": slot.room if slot else "",
            "starts": self._instant(slot.starts) if slot else "",
            "speakers": LIST.join(self._part(each) for each in session.cast),
            "abstract": session.abstract,
            "language": session.language,
            "level": session.level,
            "needs": LIST.join(session.needs),
            "after": LIST.join(self._codes.get(each, each) for each in session.after),
            "seats": "" if session.seats_max is None else str(session.seats_max),
            "option": session.product,
            "price_minor": str(session.price_minor),
            "approved_by": approval.scheme if approval else "",
            "approved_minutes": str(approval.minutes) if approval else "",
            "approval": approval_text(approval) if approval else "",
            "assessed": yes_or_no(approval.must_be_assessed) if approval else "",
            "state": session.editorial.value,
            "pinned": yes_or_no(session.is_pinned),
            "cancelled": (session.cancel_reason or "yes") if session.is_cancelled else "",
            "online_url": session.online_url,
            "replaces": self._codes.get(session.replaces, session.replaces),
        }

    def _part(self, casting: Casting) -> str:
        """`moderator: Dr Sam Whitlock [per_…]*`: the name is for people to read, the id is what counts."""
        speaker = self._speakers.get(casting.person)
        name = "".join(" " if sign in ";[]<>*:\n" else sign for sign in speaker.name) if speaker else ""
        role = "" if casting.role == "speaker" else f"{casting.role}: "
        person = f"{' '.join(name.split())} [{self._reference(casting.person)}]".strip()
        return f"{role}{person}{CONFIRMED if casting.is_confirmed else ''}"

    def _windows(self, windows: Iterable[Window]) -> str:
        return LIST.join(f"{self._instant(each.starts)}/{self._instant(each.ends)}" for each in windows)

    def _instant(self, instant: datetime) -> str:
        return instant_text(instant, zone=self._zone)


def _row(number: int, id_: str, **cells: str) -> Row:
    return Row(number, {"id": id_, **cells})


def _numbered(things: Iterable[object]) -> "enumerate":  # type: ignore[type-arg]
    """The first row under a header is the second."""
    return enumerate(things, start=2)
