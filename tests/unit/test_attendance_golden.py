"""The points of a small congress, computed by the tables that come with the service and by somebody else's arithmetic.

Nothing is stored: the set is made by a rule, the total follows from the tables, and is held against fractions of hours.
"""

from dataclasses import replace
from fractions import Fraction

from services.scheduling.attendance.domain import rules as tables
from services.scheduling.attendance.domain.attendance import Assessment, Attendance
from services.scheduling.attendance.domain.points import earnings
from services.scheduling.releases.domain.releases import Entry
from tests.unit.attendance_builders import EVENING, ZONE, entry, stay

PERSON_COUNT = 60
SESSIONS = (
    entry("c-1", after=0, minutes=75, approved=75),
    entry("c-2", after=0, minutes=75, approved=None),
    entry("m-1", after=90, minutes=120, approved=120, scheme="MMC", level="advanced"),
    entry("a-1", after=240, minutes=240, approved=240, scheme="academy"),
    entry("c-3", after=500, minutes=60, approved=60, must_be_reviewed=True),
)


def attended(person: int) -> list[Attendance]:
    """Where a person went: every third leaves early, every fourth says what they learned, every fifth fails."""
    found = []
    for number, each in enumerate(SESSIONS):
        if (person + number) % 2:
            continue
        start = int((each.starts - SESSIONS[0].starts).total_seconds() // 60)
        length = int((each.ends - each.starts).total_seconds() // 60)
        there = stay(each.session, start, start + (length // 2 if person % 3 == 0 else length), person=f"p{person}")
        own = Assessment(by="attendee", is_passed=True, at=EVENING) if person % 4 == 0 else None
        given = Assessment(by="presenter", is_passed=person % 5 != 0, at=EVENING) if each.session == "a-1" else None
        found.append(replace(there, own=own, given=given))
    return found


def by_hand(person: int) -> Fraction:
    """What a person earned, in points, by the sentences of the rules."""
    if person % 3 == 0:
        return Fraction(0)  # left early everywhere
    points = Fraction(0)
    for number, each in enumerate(SESSIONS):
        if (person + number) % 2:
            continue
        if each.session == "c-1":
            points += Fraction(1, 2)  # 75 minutes of four hours, to the nearest half
        if each.session == "m-1" and person % 4 == 0:
            points += 1  # two hours of two, and they said what they learned
        if each.session == "a-1" and person % 5 != 0:
            points += 1  # four hours of four, and they passed
    return points


def test_the_golden_total_follows_from_the_tables_and_from_the_sentences_of_the_rules() -> None:
    released: dict[str, Entry] = {each.session: each for each in SESSIONS}
    total = sum(
        earning.hundredths
        for person in range(PERSON_COUNT)
        for earning in earnings(attended(person), released, rules=tables.read(), zone=ZONE, now=EVENING)
    )

    assert Fraction(total, 100) == sum(by_hand(person) for person in range(PERSON_COUNT))
    assert total > 0
