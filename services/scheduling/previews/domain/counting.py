"""What a cancellation would do to the programme and to who speaks in it: pure."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from services.scheduling.agendas.domain.rosters import Roster
from services.scheduling.programme.domain.cast_list import cast_list
from services.scheduling.programme.domain.programme import Editorial, Session
from shared.findings import Findings, Inquiry, Member, Tally


def of_cancelling(
    sessions: Sequence[Session],
    rosters: Iterable[Roster],
    *,
    registered: AbstractSet[str],
    inquiry: Inquiry,
    currency: str,
) -> Findings:
    """Sessions that would not take place, their rooms, who was to speak, and who has a seat or waits for one.

    `registered` are the persons who are told about their registration, and so get no message for speakers.
    """
    tally, members = Tally(), dict[str, Member]()
    rooms = set()
    for session in sessions:
        if session.is_in_programme and session.slot is not None:
            tally.add("session")
            rooms.add(session.slot.room)
            where = f"{session.slot.room} {session.slot.starts.isoformat()} {session.slot.ends.isoformat()}"
            members[session.id] = Member(facts=f"{session.code} {session.title} {where}")
        elif session.editorial is Editorial.PROPOSED:
            tally.add("proposal")
    tally.add("room", count=len(rooms))
    for speaking in cast_list(sessions):
        members[speaking.person] = Member(facts=f"speaks in {speaking.title_count}")
        tally.add("speaker")
        if speaking.person in registered:
            tally.note("speaker_is_registered", speaking.person)
        else:
            tally.add("message_speaker")
    for roster in rosters:
        tally.add("seat", count=len(roster.held))
        tally.add("waiting", count=len(roster.waiting))
    return Findings(
        registrations=(),
        members=members,
        lines=tally.lines,
        anomalies=tally.anomalies,
        currency=currency,
        terms=f"choose by {inquiry.choose_by}",
    )
