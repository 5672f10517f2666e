"""Rules that contradict each other, in words with names and ids; many of one kind are one sentence."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from services.scheduling.solver.model import Congress
from services.scheduling.solver.rules import Kind, Rule

LINES_MAX = 4  # as many rules of a kind have a sentence each; more of them are listed in one


def sentences(congress: Congress, rules: Sequence[Rule]) -> Iterator[str]:
    """What contradicts, sessions first, the incident last."""
    placed = frozenset(rule.bound for rule in rules if rule.kind is Kind.PLACED)
    words = _Words(congress, placed)
    for kind in Kind:
        some = [rule for rule in rules if rule.kind is kind]
        if len(some) > LINES_MAX and kind in _LISTED:
            yield _LISTED[kind].format(count=len(some), ids=_listed(_short(rule) for rule in some))
        else:
            yield from (words.of(rule) for rule in some)


# What can be many in one contradiction; the others are few.
_LISTED: Mapping[Kind, str] = {
    Kind.PLACED: "{count} sessions are to be placed: {ids}.",
    Kind.SEATS: "{count} sessions need as many seats as they have stars: {ids}.",
    Kind.NEEDS: "{count} sessions need equipment: {ids}.",
    Kind.PINNED: "{count} sessions are pinned to their places: {ids}.",
    Kind.AFTER: "{count} sessions come after another one: {ids}.",
    Kind.AWAY: "Speakers are away at {count} times: {ids}.",
    Kind.CLOSED: "{count} times rooms are closed: {ids}.",
    Kind.TIME_LOST: "{count} times are lost: {ids}.",
    Kind.ROOM_LOST: "Rooms are lost for {count} days: {ids}.",
    Kind.SPEAKER_AWAY: "Speakers are away for {count} days: {ids}.",
}


def _short(rule: Rule) -> str:
    joined = {Kind.NEEDS: "needs", Kind.AFTER: "after", Kind.ROOM_LOST: "on", Kind.SPEAKER_AWAY: "on"}
    return f"{rule.bound} {joined.get(rule.kind, 'at')} {rule.other}" if rule.other else rule.bound


def _listed(words: Iterator[str] | Sequence[str]) -> str:
    return ", ".join(words)


class _Words:
    """How each rule is said, where these sessions have to be placed."""

    def __init__(self, congress: Congress, placed: frozenset[str]) -> None:
        self._congress = congress
        self._sessions = [session for session in congress.sessions if session.id in placed]
        self._say: Mapping[Kind, Callable[[Rule], str]] = {
            Kind.PLACED: lambda rule: f"{congress.title_of(rule.bound)} is to be placed.",
            Kind.SEATS: self._seats,
            Kind.NEEDS: lambda rule: f"{rule.bound} needs {rule.other}; {self._rooms_with(rule.other)}.",
            Kind.AFTER: lambda rule: f"{rule.bound} comes after {rule.other}.",
            Kind.PINNED: self._pinned,
            Kind.TRACK: self._track,
            Kind.ONE_PLACE: lambda rule: (
                f"{rule.bound} can't be in two places at once, and speaks in {self._of(rule.bound)}."
            ),
            Kind.AWAY: lambda rule: f"{self._speaker(rule.bound)} is away at {rule.other}.",
            Kind.CLOSED: lambda rule: f"Room {rule.bound} is closed at {rule.other}.",
            Kind.TIME_LOST: lambda rule: f"The time {rule.bound} is lost.",
            Kind.ROOM_LOST: lambda rule: f"Room {rule.bound} is lost on {rule.other}.",
            Kind.SPEAKER_AWAY: lambda rule: f"{self._speaker(rule.bound)} is away on {rule.other}.",
        }

    def of(self, rule: Rule) -> str:
        """One rule in words."""
        return self._say[rule.kind](rule)

    def _seats(self, rule: Rule) -> str:
        stars = next(session.stars for session in self._sessions if session.id == rule.bound)
        rooms = [room.id for room in self._congress.rooms if room.seats >= stars]
        where = f"only {_listed(rooms)} seats them" if len(rooms) == 1 else f"only {_listed(rooms)} seat them"
        return f"{stars} people starred {rule.bound}; {where if rooms else 'no room seats them'}."

    def _rooms_with(self, feature: str) -> str:
        rooms = [room.id for room in self._congress.rooms if feature in room.features]
        return f"only {_listed(rooms)} {'has' if len(rooms) == 1 else 'have'} it" if rooms else "no room has it"

    def _pinned(self, rule: Rule) -> str:
        place = self._congress.plan[rule.bound]
        return f"{rule.bound} is pinned to room {place.room} at {place.time}."

    def _track(self, rule: Rule) -> str:
        limit = self._congress.same_track_at_once_max
        ids = _listed([session.id for session in self._sessions if session.track == rule.bound])
        return f"At most {limit} of the track {rule.bound} may lie at one time, and these belong to it: {ids}."

    def _of(self, speaker: str) -> str:
        return _listed(self._ids_of(speaker))

    def _ids_of(self, speaker: str) -> list[str]:
        return [session.id for session in self._sessions if speaker in session.speakers]

    def _speaker(self, speaker: str) -> str:
        ids = self._ids_of(speaker)
        return f"{speaker}, who speaks in {_listed(ids)}," if ids else speaker
