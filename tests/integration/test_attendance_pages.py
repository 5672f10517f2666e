"""Attendance's pages without a script: what delegates, presenters, the committee and holders of papers see and do."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import attendance_id, attendee_id
from services.scheduling.attendance.store import attendance as store
from services.scheduling.programme.domain.programme import Speaker
from services.scheduling.programme.store.programme import SPEAKERS, names_of, session_with_version
from shared.change import Change
from shared.contracts.registration import PersonRegistered
from tests.integration.attendance_house import (
    CONFERENCE,
    DEADLINE_SECONDS,
    EVENING,
    NAMES,
    PROGRAMME,
    House,
    approved,
    confirmation,
    house,
    session_entry,
)
from tests.integration.scheduling_town import Visitor
from tests.namespaces import Namespace
from tests.unit.attendance_builders import text_of
from tests.waiting import wait_until

LEARNED = "I learned how to keep minutes through a flood."
DESK = f"/desk/conferences/{CONFERENCE}"


@pytest.fixture(scope="module")
def opened(module_namespace: Namespace) -> Iterator[House]:
    """A service for all tests of this module."""
    with house(module_namespace) as opened:
        opened.say(*(known(person, name) for person, name in NAMES.items()))
        opened.admit(*NAMES)
        wait_until(
            lambda: len(names_of(opened.database, list(NAMES))) == len(NAMES), DEADLINE_SECONDS, missing="the names"
        )
        yield opened


@pytest.fixture
def day(opened: House) -> House:
    """The Monday of the congress, for one test."""
    opened.begin_again()
    return opened


def known(person: str, name: str) -> PersonRegistered:
    return PersonRegistered(person=person, name=name, email=f"{person}@town.example", postal_address=())


def agenda(day: House, person: str) -> str:
    return f"/agenda/{day.link('agenda', attendee_id(CONFERENCE, person))}"


def speaking(day: House, person: str = "p_whitlock") -> str:
    return f"/speaking/{day.link('speaking', f'{CONFERENCE}:{person}')}/attendance"


def words(page: str) -> str:
    """A page as it is read."""
    return " ".join(re.sub(r"<(style|svg|script).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL).split())


def earned(day: House, person: str = "dana") -> None:
    """Somebody was in C-31 and has points for it."""
    day.stay(person, "c-31")
    day.clock(EVENING)
    day.reckon()


def proof(day: House, person: str = "dana") -> str:
    found = store.attendee(day.database, attendee_id(CONFERENCE, person))
    assert found is not None
    return found.proof


# a delegate


def test_a_delegate_sees_their_badge_and_a_room_monitor_reads_it(day: House) -> None:
    page = day.town.visitor().see(f"{agenda(day, 'dana')}/badge").text

    assert "Dana Whitfield" in page
    assert badges.printed(day.code("dana")) in page
    assert "<svg" in page


def test_a_delegate_sees_what_each_session_earned_and_why(day: House) -> None:
    day.stay("dana", "c-31", 0, 40)
    day.stay("dana", "c-32", 41, 105)
    day.clock(EVENING)
    day.reckon()

    seen = words(day.town.visitor().see(f"{agenda(day, 'dana')}/points").text)

    assert "Certified Municipal Clerk 0.5" in seen
    assert "40 minutes; 60 are needed" in seen
    assert "The presence was too short." in seen
    assert "Present and approved." in seen


def test_who_has_no_badge_is_told_why(day: House) -> None:
    response = day.town.visitor().see(f"{agenda(day, 'nobody')}/points")

    assert response.status_code == 404
    assert "not confirmed yet" in response.text


@pytest.mark.parametrize("page", ["badge", "points", "transcript.pdf", "certificate.pdf"])
def test_a_link_for_something_else_shows_nothing_of_a_delegate(day: House, page: str) -> None:
    other = day.link("registration", attendee_id(CONFERENCE, "dana"))

    assert day.town.visitor().see(f"/agenda/{other}/{page}").status_code == 404


def with_confirmation(day: House) -> None:
    """C-31 asks its attendees what they learned."""
    day.release([replace(PROGRAMME[0], approval=approved(must_be_assessed=True)), *PROGRAMME[1:]], number=2)


def test_what_somebody_learned_brings_the_points_that_wait_for_it(day: House) -> None:
    with_confirmation(day)
    earned(day)
    assert day.points("dana") == {}
    visitor, address = day.town.visitor(), f"{agenda(day, 'dana')}/points"

    response = visitor.submit(address, {"words": LEARNED, "score": "4"}, to=f"{address}/c-31")
    day.reckon()

    assert response.status_code == 303
    assert day.points("dana") == {"CMC": 50}
    assert LEARNED in visitor.see(address).text
    assert "<textarea" not in visitor.see(address).text


def test_a_word_is_refused_and_stands_in_the_form_again(day: House) -> None:
    with_confirmation(day)
    earned(day)
    address = f"{agenda(day, 'dana')}/points"

    response = day.town.visitor().submit(address, {"words": "much"}, to=f"{address}/c-31")

    assert response.status_code == 422
    assert "at least 20 letters" in response.text
    assert ">much</textarea>" in response.text
    attended = store.attendance(day.database, attendance_id("c-31", "dana"))
    assert attended is not None
    assert attended.own is None


def test_who_was_not_there_can_confirm_nothing(day: House) -> None:
    with_confirmation(day)
    earned(day)
    address = f"{agenda(day, 'luis')}/points"

    response = day.town.visitor().send(f"{address}/c-31", {"words": LEARNED})

    assert response.status_code == 404
    assert "No scan shows this person at this session" in response.text
    assert store.attendance(day.database, attendance_id("c-31", "luis")) is None


def test_badges_carry_the_names_of_speakers_and_one_for_each_guest(day: House, committee: Visitor) -> None:
    day.database.transact(lambda unit: unit.create(SPEAKERS, Change(Speaker(id="whitlock", name="Dr Sam Whitlock"))))
    day.say(confirmation("whitlock", guest_count=2))
    wait_until(
        lambda: store.attendee(day.database, attendee_id(CONFERENCE, "whitlock")), DEADLINE_SECONDS, missing="the badge"
    )

    seen = words(committee.see(f"{DESK}/badges").text)

    assert "6 badges to print" in seen
    assert f"Dr Sam Whitlock {badges.printed(day.code('whitlock'))}" in seen
    assert seen.count("Guest of Dr Sam Whitlock") == 2
    assert "not known yet" not in seen


# papers


@pytest.mark.parametrize("kind", ["transcript", "certificate"])
def test_a_paper_is_the_same_to_the_byte_until_the_ledger_changes(day: House, kind: str) -> None:
    earned(day)
    address = f"{agenda(day, 'dana')}/{kind}.pdf"
    first = day.town.visitor().see(address)

    assert first.content_type == "application/pdf"
    assert first.data.startswith(b"%PDF")
    assert day.town.visitor().see(address).data == first.data
    day.stay("dana", "t-01", 24 * 60, 24 * 60 + 75)
    day.clock(EVENING + timedelta(days=1))
    day.reckon()
    assert day.town.visitor().see(address).data != first.data


@pytest.mark.parametrize(
    ("language", "kind", "sentences"),
    [
        ("en", "certificate", ("Certificate of attendance", "took part in the", "in 1 session,", "0.5 points")),
        ("fr", "certificate", ("Attestation de participation", "a participé au", "en 1 séance,", "0,5 point (")),
        ("fr", "transcript", ("Relevé de points", "Page 1 sur 1", "Certified Municipal Clerk : 0,5 point", "Séance")),
        ("nl", "certificate", ("Bewijs van deelname", "heeft deelgenomen", "in 1 sessie heeft", "0,5 punten")),
        ("nl", "transcript", ("Puntenoverzicht", "Pagina 1 van 1", "Certified Municipal Clerk: 0,5 punten", "Sessie")),
    ],
)
def test_a_paper_is_in_the_language_of_who_asks_for_it(
    day: House, language: str, kind: str, sentences: tuple[str, ...]
) -> None:
    earned(day)

    paper = day.town.visitor().see(f"{agenda(day, 'dana')}/{kind}.pdf?lang={language}")

    text = " ".join(text_of(paper.data).split())
    assert [each for each in sentences if each not in text] == []
    assert ("Verification code" in text) is (language == "en")


def test_points_are_numbers_as_the_reader_writes_them(day: House) -> None:
    earned(day)

    own, verified = (f"{agenda(day, 'dana')}/points", f"/verify/{proof(day)}")

    assert "<dd>0,5</dd>" in day.town.visitor().see(f"{own}?lang=fr").text
    assert "<dd>0.5</dd>" in day.town.visitor().see(own).text
    assert "<strong>0,5</strong>" in day.town.visitor().see(f"{verified}?lang=nl").text


def test_without_points_there_is_no_paper(day: House) -> None:
    response = day.town.visitor().see(f"{agenda(day, 'dana')}/transcript.pdf")

    assert response.status_code == 404
    assert "No points are posted for you yet" in response.text


def test_anybody_with_the_code_sees_what_the_ledger_says_now_and_no_name(day: House) -> None:
    earned(day)

    response = day.town.visitor().see(f"/verify?code={badges.printed_proof(proof(day)).lower()}")
    page = day.town.visitor().see(response.location.removeprefix("/scheduling")).text

    seen = words(page)
    assert "D. W." in seen
    assert "C-31 Session C-31" in seen
    assert "Certified Municipal Clerk 0.5 at this conference" in seen
    assert "Dana" not in page
    assert "Whitfield" not in page


def test_points_that_were_taken_back_are_shown_as_such(day: House) -> None:
    earned(day)
    day.release([replace(PROGRAMME[0], approval=approved(must_be_reviewed=True)), *PROGRAMME[1:]], number=2)
    day.reckon()

    seen = words(day.town.visitor().see(f"/verify/{proof(day)}").text)

    assert "Certified Municipal Clerk 0 at this conference" in seen
    assert "Taken back The session changed after its approval" in seen


@pytest.mark.parametrize(
    ("name", "answer"), [("dana  WHITFIELD", "Yes: "), ("Dana Whitford", "No: that is not"), ("", "No: that is not")]
)
def test_a_name_may_be_compared_and_is_never_told(day: House, name: str, answer: str) -> None:
    earned(day)

    page = day.town.visitor().send(f"/verify/{proof(day)}", {"name": name}).text

    assert answer in page
    assert "Dana Whitfield" not in page


@pytest.mark.parametrize("code", ["0" * 16, "nonsense", "x" * 300])
def test_a_code_of_no_paper_shows_nothing(day: House, code: str) -> None:
    earned(day)

    assert day.town.visitor().see(f"/verify/{code}").status_code == 404


# presenters


def test_a_presenter_sees_how_many_came_and_no_names_and_lets_them_pass(day: House) -> None:
    test = replace(PROGRAMME[0], approval=approved(240, scheme="academy"))
    day.release([test, *PROGRAMME[1:]], number=2)
    day.stay("dana", "c-31")
    day.stay("luis", "c-31")
    visitor, address = day.town.visitor(), speaking(day)

    assert "2 came" in words(visitor.see(address).text)
    page = visitor.see(f"{address}/c-31").text
    assert f"D. W. …{day.code('dana')[-4:]}" in page
    assert "Whitfield" not in page
    response = visitor.submit(f"{address}/c-31", {"verdict-dana": "passed", "verdict-luis": "failed"})
    day.clock(EVENING)
    day.reckon()

    assert response.status_code == 303
    assert (day.points("dana"), day.points("luis")) == ({"academy": 100}, {})


def test_a_presenter_judges_nobody_elses_session_and_nobody_who_was_not_there(day: House) -> None:
    day.stay("dana", "c-32")
    day.stay("dana", "c-31")
    visitor, address = day.town.visitor(), speaking(day)

    assert visitor.see(f"{address}/c-32").status_code == 404
    assert visitor.send(f"{address}/c-32", {"verdict-dana": "passed"}).status_code == 404
    assert visitor.send(f"{address}/c-31", {"verdict-luis": "passed", "verdict-dana": "perhaps"}).status_code == 303
    assert [each.given for each in store.attendances_of(day.database, CONFERENCE, "dana")] == [None, None]
    assert store.attendances_of(day.database, CONFERENCE, "luis") == []


# the committee


@pytest.fixture
def committee(day: House) -> Visitor:
    """Somebody at the committee's desk."""
    return day.town.visitor().signed_in("committee")


@pytest.mark.parametrize("page", ["attendance", "attendance/c-31", "badges", "points", "points/c-31"])
def test_the_desks_pages_belong_to_the_committee(day: House, page: str) -> None:
    day.draft(*PROGRAMME)

    assert day.town.visitor().see(f"{DESK}/{page}").status_code == 303
    assert day.town.visitor().signed_in("finance").see(f"{DESK}/{page}").status_code == 403
    assert day.town.visitor().signed_in("committee").see(f"{DESK}/{page}").status_code == 200


def test_the_desk_sees_counts_names_and_scans_of_unknown_badges(day: House, committee: Visitor) -> None:
    day.stay("dana", "c-31")
    day.fates(day.scan("walk_in", "c-31", "in", 5))

    overview, sheet = committee.see(f"{DESK}/attendance").text, committee.see(f"{DESK}/attendance/c-31").text

    assert badges.printed(day.code("walk_in")) in overview
    assert day.monitor.removeprefix("/") in overview
    assert "Dana Whitfield" in sheet


def test_the_desks_word_counts_like_the_presenters(day: House, committee: Visitor) -> None:
    with_confirmation(day)
    earned(day)

    committee.submit(f"{DESK}/attendance/c-31", {"verdict-dana": "passed"})
    day.reckon()

    [posting] = day.ledger("dana")
    assert (posting.hundredths, posting.assessment) == (50, "committee")


def test_badges_are_printed_two_dozen_at_a_time(day: House, committee: Visitor) -> None:
    day.admit(*(f"p{number:02}" for number in range(24)))

    first = committee.see(f"{DESK}/badges").text
    following = re.search(r'href="/scheduling([^"]*badges\?after=[^"]*)"', first)
    assert following is not None
    second = committee.see(following[1]).text

    assert (first.count('class="qr"'), second.count('class="qr"')) == (24, 3)


def review(committee: Visitor, session: str, **fields: str) -> int:
    asked = {"decision": "approve", "scheme": "CMC", "minutes": "75", **fields}
    return committee.submit(f"{DESK}/points/{session}", asked).status_code


def test_the_committee_approves_minutes_under_a_scheme_in_the_draft(day: House, committee: Visitor) -> None:
    day.draft(session_entry("c-31"))

    assert review(committee, "c-31", minutes="60", must_be_assessed="true") == 303

    found = session_with_version(day.database, "c-31")
    assert found is not None
    assert found[0].approval == approved(60, must_be_assessed=True)
    assert "C-31" in words(committee.see(f"{DESK}/points").text)


def test_the_committee_clears_what_needed_a_review_and_rejects(day: House, committee: Visitor) -> None:
    day.draft(session_entry("c-31", approval=approved(must_be_reviewed=True)), session_entry("c-32"))
    assert "Needs a review" in words(committee.see(f"{DESK}/points").text)

    review(committee, "c-31")
    review(committee, "c-32", decision="reject")

    found = {session: session_with_version(day.database, session) for session in ("c-31", "c-32")}
    approvals = {session: each[0].approval for session, each in found.items() if each}
    assert approvals == {"c-31": approved(), "c-32": approved(is_approved=False)}


@pytest.mark.parametrize(
    "fields", [{"scheme": "unheard of"}, {"minutes": "0"}, {"minutes": "a lot"}, {"decision": "?"}]
)
def test_a_decision_that_makes_no_sense_is_refused(day: House, committee: Visitor, fields: dict[str, str]) -> None:
    day.draft(session_entry("c-31"))

    assert review(committee, "c-31", **fields) == 422
    found = session_with_version(day.database, "c-31")
    assert found is not None
    assert found[0].approval is None


def test_who_decides_on_what_somebody_else_has_changed_is_told_and_changes_nothing(
    day: House, committee: Visitor
) -> None:
    day.draft(session_entry("c-31"))
    old = dict(re.findall(r'name="(\w+)" value="([^"]*)"', committee.see(f"{DESK}/points/c-31").text))
    review(committee, "c-31", minutes="60")

    asked = {**old, "idempotency_key": "another", "decision": "approve", "scheme": "CMC", "minutes": "75"}
    response = committee.send(f"{DESK}/points/c-31", asked)

    assert response.status_code == 412
    assert "was not changed by you" in response.text
    found = session_with_version(day.database, "c-31")
    assert found is not None
    assert found[0].approval == approved(60)


def test_the_list_for_a_board_is_a_spreadsheet_in_which_no_title_is_a_formula(day: House, committee: Visitor) -> None:
    trap = replace(session_entry("x-01", approval=approved(240)), title="=1+1")
    day.draft(PROGRAMME[0], trap)

    table = committee.see(f"{DESK}/points/programme.csv").get_data().decode("utf-8-sig").splitlines()
    sheet = load_workbook(io.BytesIO(committee.see(f"{DESK}/points/programme.xlsx").data)).active

    assert table[1:] == [
        "C-31,Session C-31,,75,,CMC,75,0.5,approved,",
        "X-01,'=1+1,,75,,CMC,240,1,approved,",
    ]
    assert sheet is not None
    assert [[cell.value for cell in row][:4] for row in sheet.iter_rows(min_row=2)] == [
        ["C-31", "Session C-31", None, 75],
        ["X-01", "=1+1", None, 75],
    ]
    assert sheet["B3"].data_type == "s"  # text, and no formula
    assert [sheet["H2"].value, sheet["H3"].value] == [0.5, 1]
    assert committee.see(f"{DESK}/points/programme.doc").status_code == 404


# the room monitor


def test_a_monitor_who_is_offered_no_seats_to_give_away_is_told_so(day: House) -> None:
    visitor = day.town.visitor()

    response = visitor.send(f"{day.monitor}/no-shows", {"session": "c-31"})

    assert response.status_code == 303
    assert "takes no sign-ups" in visitor.see(day.monitor).text


def test_a_badge_without_a_seat_is_let_in_or_sent_to_the_desk_and_its_scan_is_kept(day: House) -> None:
    signed_up, paid = replace(PROGRAMME[1], seats=40), replace(PROGRAMME[2], seats=30, product="academy")
    day.release([PROGRAMME[0], signed_up, paid, PROGRAMME[3]], number=2)
    visitor = day.town.visitor()
    said = {}

    for session in ("c-31", "c-32", "a-07"):
        sent = visitor.send(day.monitor, {"session": session, "way": "in", "code": day.code("dana")})
        page = words(visitor.see(sent.location.removeprefix("/scheduling")).text)
        said[session] = page.partition("Session Monday")[0]

    assert "Welcome Scanned in." in said["c-31"]
    assert "No seat in this session The scan is kept. Let them in if a seat is free." in said["c-32"]
    assert "The scan is kept; please send them to the desk." in said["a-07"]
    assert all(len(store.attendances_at(day.database, session)) == 1 for session in said)


def test_names_become_known_by_events_alone(day: House) -> None:
    day.town.neighbours.say_all_again()
    wait_until(
        lambda: "Иванка" in day.town.visitor().see(f"{agenda(day, 'ivanka')}/badge").text,
        DEADLINE_SECONDS,
        missing="the name",
    )
