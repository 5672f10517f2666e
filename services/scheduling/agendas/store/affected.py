"""Who is touched when sessions change, and who wants what together: read from agendas and rosters, person by person."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from services.scheduling.agendas.domain.agendas import Agenda, agenda_id
from services.scheduling.agendas.domain.roles import Role
from services.scheduling.agendas.domain.rosters import Hold, Roster
from services.scheduling.agendas.store import agendas as store
from shared.mongo import Database

PAGE_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """One person whom a change of sessions touches: in which role, of which session."""

    person: str
    roles: Mapping[str, tuple[Role, ...]]  # by session
    agenda: Agenda  # an empty one of somebody who has not registered, such as a speaker
    lost_seats: frozenset[str] = frozenset()  # sessions in which the last release took their seat


def affected(
    database: Database,
    conference: str,
    sessions: Collection[str],
    *,
    speakers: Mapping[str, Collection[str]] | None = None,
    after: str = "",
    limit: int = PAGE_LENGTH,
) -> list[Affected]:
    """The next people, in the order of their ids, who speak in, hold a seat in, wait for or starred these sessions.

    `speakers` are each session's, as the caller's release has them. Ask on with `after`, the last person of the answer;
    an empty answer is the end.
    """
    rosters = store.rosters_of(database, sessions)
    roles: dict[str, dict[str, list[Role]]] = {}
    named = [(person, session, Role.SPEAKER) for session in sessions for person in (speakers or {}).get(session, ())]
    named += [each for roster in rosters.values() for each in _on(roster)]
    for person, session, role in named:
        if person > after:
            roles.setdefault(person, {}).setdefault(session, []).append(role)
    for person, starred in store.stargazers(database, conference, sessions, after=after, limit=limit).items():
        for session in starred:
            roles.setdefault(person, {}).setdefault(session, []).append(Role.STARRED)
    persons = sorted(roles)[:limit]
    agendas = store.agendas_of(database, conference, persons)
    return [
        Affected(
            person=person,
            roles={session: tuple(dict.fromkeys(roles[person][session])) for session in sorted(roles[person])},
            agenda=agendas.get(person)
            or Agenda(id=agenda_id(conference, person), conference=conference, person=person),
            lost_seats=frozenset(session for session, each in rosters.items() if person in each.displaced),
        )
        for person in persons
    ]


def pair_counts(star_lists: Iterable[Collection[str]]) -> dict[tuple[str, str], int]:
    """How many people starred both sessions of each pair that somebody wants; the smaller id stands first."""
    people: dict[str, int] = {}  # of each session, one bit for each person: two of them compare in a microsecond
    for number, stars in enumerate(star_lists):
        for session in stars:
            people[session] = people.get(session, 0) | 1 << number
    pairs = combinations(sorted(people), 2)
    counted = ((pair, (people[pair[0]] & people[pair[1]]).bit_count()) for pair in pairs)
    return {pair: count for pair, count in counted if count}


def wanted_together(database: Database, conference: str) -> dict[tuple[str, str], int]:
    """How many people starred both sessions of each pair, from all agendas of a conference."""
    return pair_counts(store.star_lists(database, conference))


def _on(roster: Roster) -> list[tuple[str, str, Role]]:
    """Who is only offered a seat waits until they have taken it."""
    roles = {each.person: Role.WAITS if each.hold is Hold.OFFERED else Role.HOLDS_SEAT for each in roster.held}
    roles |= dict.fromkeys(roster.waiting, Role.WAITS)
    return [(person, roster.session, role) for person, role in roles.items()]
