"""What one release means for one person: which of their sessions changed, how, and what it does to their agenda.

Pure. A person is touched by what they star, hold a seat in, wait for or speak in; what is over, or only a typing error,
is no news to anybody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import msgspec

from services.scheduling.agendas.domain.agendas import Agenda
from services.scheduling.agendas.domain.roles import Role
from services.scheduling.agendas.domain.rosters import Hold, Roster
from services.scheduling.programme.domain.programme import programme_id
from services.scheduling.releases.domain.releases import Difference, Entry, Release, What
from shared.contracts.scheduling import AgendaChanged, AgendaItem

SEAT_LOST = "seat_lost"
STAGE_LEFT = "stage_left"
PART_BYTE_COUNT_MAX = 128 * 1024  # half of what an event may have, and one more item always fits
TITLES_MAX = 10  # of clashes, and of alternatives, that one item names; the page shows all
RETIMED = frozenset({What.ADDED, What.TIME, What.LENGTH, What.DELAYED, What.REINSTATED})  # what may clash anew
FOR_SPEAKERS = frozenset(What) - {What.CONTENT, What.WORDING}  # what they talk about, they know


@dataclass(frozen=True, kw_only=True)
class News:
    """A release as its news is told: with the seats as they are after it, and the time."""

    release: Release
    rosters: Mapping[str, Roster]  # of all sessions, by session
    now: datetime

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """What is on the programme now, cancelled or not, by session."""
        return {each.session: each for each in self.release.entries}

    @cached_property
    def touching(self) -> dict[str, Difference]:
        """The differences that are news to those who have to do with the session, by session."""
        return {each.session: each for each in self.release.differences if self._is_news(each)}

    @cached_property
    def sessions(self) -> frozenset[str]:
        """The sessions whose people are touched."""
        return frozenset(self.touching)

    @cached_property
    def speakers(self) -> dict[str, frozenset[str]]:
        """Who is on each touched session's stage, or was before."""
        return {id_: frozenset(_on_stage(each)) for id_, each in self.touching.items()}

    @cached_property
    def seated(self) -> dict[str, frozenset[str]]:
        """In which sessions each person holds a seat; one that is only offered to them they don't hold yet."""
        found: dict[str, set[str]] = {}
        for session, roster in self.rosters.items():
            for seat in roster.held:
                if seat.hold is not Hold.OFFERED:
                    found.setdefault(seat.person, set()).add(session)
        return {person: frozenset(sessions) for person, sessions in found.items()}

    def awaits_seat(self, person: str, session: str) -> bool:
        """Whether they wait there, or have not answered the offer that they waited for."""
        roster = self.rosters.get(session)
        if roster is None:
            return False
        seat = roster.seat_of(person)
        return person in roster.waiting or (seat is not None and seat.hold is Hold.OFFERED)

    @cached_property
    def speaking(self) -> dict[str, frozenset[str]]:
        """In which sessions each person speaks."""
        found: dict[str, set[str]] = {}
        for entry in self.release.entries:
            for person in entry.speakers:
                found.setdefault(person, set()).add(entry.session)
        return {person: frozenset(sessions) for person, sessions in found.items()}

    def has_displaced(self, session: str) -> Collection[str]:
        """Who has lost a seat there by this release, to a smaller room."""
        roster = self.rosters.get(session)
        return roster.displaced if roster and roster.release == self.release.number else ()

    def _is_news(self, difference: Difference) -> bool:
        ends = [each.ends for each in (difference.before, difference.after) if each]
        if max(ends) <= self.now:
            return False
        return set(difference.what) != {What.WORDING} or bool(self.has_displaced(difference.session))


def roles(news: News, person: str, agenda: Agenda) -> dict[str, tuple[Role, ...]]:
    """What somebody has to do with each session that is news; with one that stands in for another, what with that."""
    found: dict[str, tuple[Role, ...]] = {}
    for session in news.touching:
        held = _roles(news, person, agenda, session)
        if held:
            found[session] = held
    for session, difference in news.touching.items():
        replaced = difference.shown.replaces
        if What.ADDED in difference.what and session not in found:
            inherited = tuple(each for each in found.get(replaced, ()) if each is not Role.SPEAKER)
            found |= {session: inherited} if inherited else {}
    return found


def _roles(news: News, person: str, agenda: Agenda, session: str) -> tuple[Role, ...]:
    holds = {
        Role.SPEAKER: person in news.speakers[session],
        Role.HOLDS_SEAT: session in news.seated.get(person, ()),
        Role.WAITS: news.awaits_seat(person, session),
        Role.STARRED: session in agenda.stars,
    }
    return tuple(role for role, is_so in holds.items() if is_so)


def items(news: News, person: str, agenda: Agenda) -> tuple[AgendaItem, ...]:
    """All that a release means for one person, in the order of time."""
    found = roles(news, person, agenda)
    made = [_item(news, person, agenda, news.touching[session], held) for session, held in found.items()]
    return tuple(sorted((each for each in made if each), key=lambda each: (each.starts or news.now, each.code)))


def agenda_changed(news: News, agenda: Agenda, told: Iterable[AgendaItem]) -> tuple[AgendaChanged, ...]:
    """What tells a person: one event, or several where all their sessions would not fit into one."""
    parts = [_agenda_changed(news, agenda, part) for part in _parts(told)]
    return tuple(replace(each, part=number, part_count=len(parts)) for number, each in enumerate(parts, start=1))


def _parts(told: Iterable[AgendaItem]) -> list[list[AgendaItem]]:
    parts: list[list[AgendaItem]] = [[]]
    room = PART_BYTE_COUNT_MAX
    for item in told:
        size = len(msgspec.json.encode(item))
        if parts[-1] and size > room:
            parts.append([])
            room = PART_BYTE_COUNT_MAX
        parts[-1].append(item)
        room -= size
    return parts


def _agenda_changed(news: News, agenda: Agenda, told: Iterable[AgendaItem]) -> AgendaChanged:
    release = news.release
    return AgendaChanged(
        agenda=agenda.id,
        conference=release.conference,
        person=agenda.person,
        programme=programme_id(release.conference),
        release=release.number,
        release_name=release.name,
        items=tuple(told),
        zone=agenda.zone,
        wants_invitations=agenda.wants_invitations,
    )


def _item(news: News, person: str, agenda: Agenda, difference: Difference, held: tuple[Role, ...]) -> AgendaItem | None:
    if len(held) > 1 and _has_left_stage(difference, person):
        held = tuple(each for each in held if each is not Role.SPEAKER)  # it stays theirs for another reason
    changes = _changes(news, person, agenda, difference, held)
    if not changes:
        return None
    entry, before = difference.shown, difference.before
    paid = next((each for each in agenda.paid if each.session == entry.session), None) if entry.is_cancelled else None
    replaced = news.entries.get(entry.replaces)
    titles = [news.entries[each].title for each in difference.alternatives if each in news.entries]
    return AgendaItem(
        session=entry.session,
        uid=entry.uid,
        sequence=entry.sequence,
        code=entry.code,
        title=entry.title,
        roles=held,
        changes=changes,
        room=entry.room_name,
        starts=entry.starts,
        ends=entry.ends,
        room_before=before.room_name if before else "",
        starts_before=before.starts if before else None,
        ends_before=before.ends if before else None,
        speakers=entry.speakers,
        speakers_before=before.speakers if before else (),
        reason=entry.reason,
        clashes=_clashes(news, person, agenda, difference),
        registration=paid.registration if paid else "",
        paid_minor=paid.amount_minor if paid else 0,
        alternatives=tuple(titles[:TITLES_MAX]) if paid else (),
        choose_until=difference.choose_until if paid else None,
        revised_at=entry.revised_at,
        online_url=entry.online_url,
        replaces=replaced.uid if replaced else "",
    )


def _changes(
    news: News, person: str, agenda: Agenda, difference: Difference, held: tuple[Role, ...]
) -> tuple[str, ...]:
    """Which of the changes are told to this person."""
    what = [each for each in difference.what if each is not What.WORDING]
    if held == (Role.SPEAKER,):
        what = [each for each in what if each in FOR_SPEAKERS]
        if person in _stage(difference.before) and person in _stage(difference.after):
            what = [each for each in what if each is not What.SPEAKERS]
    if what == [What.DELAYED] and not agenda.wants_invitations:
        what = []  # a few minutes on the day are told by the page; only a calendar must take notice
    lost = [SEAT_LOST] if person in news.has_displaced(difference.session) else []
    left = [STAGE_LEFT] if held == (Role.SPEAKER,) and _has_left_stage(difference, person) else []
    return tuple([each.value for each in what] + lost + left)


def _has_left_stage(difference: Difference, person: str) -> bool:
    """Whether they were to speak in a session that takes place without them now."""
    return person in _stage(difference.before) and person not in _stage(difference.after)


def _clashes(news: News, person: str, agenda: Agenda, difference: Difference) -> tuple[str, ...]:
    """Titles of what else is in their agenda at that time, and was not at the same time before."""
    entry, before = difference.shown, difference.before
    if entry.is_cancelled or not RETIMED & set(difference.what):
        return ()
    others = {*agenda.stars, *news.seated.get(person, ()), *news.speaking.get(person, ())} - {entry.session}
    found = [news.entries[each] for each in others if each in news.entries]
    clashing = [each for each in found if _overlap(entry, each) and not _did_overlap(news, before, each)]
    return tuple(each.title for each in sorted(clashing, key=lambda each: (each.starts, each.code))[:TITLES_MAX])


def _overlap(one: Entry, other: Entry) -> bool:
    if one.is_cancelled or other.is_cancelled:
        return False
    return one.starts < other.ends and other.starts < one.ends


def _did_overlap(news: News, before: Entry | None, other: Entry) -> bool:
    changed = news.touching.get(other.session)
    other_before = changed.before if changed else other
    return before is not None and other_before is not None and _overlap(before, other_before)


def _on_stage(difference: Difference) -> tuple[str, ...]:
    return (*_stage(difference.before), *_stage(difference.after))


def _stage(entry: Entry | None) -> tuple[str, ...]:
    return entry.speakers if entry else ()
