"""The draft's API on the real database: what may be done, what is refused, and that nobody overwrites unseen."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from services.scheduling.agendas.domain.agendas import Agenda
from services.scheduling.agendas.store.agendas import AGENDAS
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.domain.frame import Frame, InUse
from services.scheduling.programme.store.draft import rooms_stay
from services.scheduling.programme.store.programme import IDENTITIES, PEOPLE
from shared.contracts.registration import ContactChanged, PersonRegistered
from shared.contracts.scheduling import SpeakerIntroduced
from shared.identity import identity_hash
from shared.unit import Unit
from tests.integration.programme_house import (
    FRAME,
    MONDAY_ONE,
    MONDAY_TEN,
    WHITLOCK,
    Programme,
    begun,
    congress,
    problem,
)
from tests.integration.scheduling_town import Scheduling
from tests.namespaces import Namespace

ROUTES = [
    ("GET", "/draft"),
    ("PUT", "/draft"),
    ("GET", "/sessions"),
    ("POST", "/sessions"),
    ("GET", "/sessions/s"),
    ("PATCH", "/sessions/s"),
    ("PUT", "/sessions/s/slot"),
    ("DELETE", "/sessions/s/slot"),
    ("PUT", "/sessions/s/pin"),
    ("PUT", "/sessions/s/cast"),
    ("POST", "/sessions/s/swap"),
    ("POST", "/sessions/s/cancel"),
    ("POST", "/sessions/s/reinstate"),
    ("GET", "/speakers"),
    ("POST", "/speakers"),
    ("GET", "/speakers/p"),
    ("PUT", "/speakers/p"),
    ("PUT", "/speakers/p/availability"),
    ("GET", "/conflicts"),
    ("GET", f"/sessions/s/conflicts?room=mills&starts={MONDAY_TEN.replace('+', '%2B')}"),
]
EDITS: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"title": "Records in a storm"}),
    ("PUT", "/slot", {"room": "ballroom", "starts": MONDAY_ONE}),
    ("DELETE", "/slot", None),
    ("PUT", "/pin", {"is_pinned": True}),
    ("PUT", "/cast", {"cast": []}),
    ("POST", "/cancel", {"reason": "The speaker is ill."}),
]


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with congress(module_namespace) as running:
        yield running


@pytest.fixture
def programme(town: Scheduling) -> Programme:
    """A congress with rooms, tracks and times."""
    made = begun(town)
    made.framed()
    return made


# who may


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_draft_belongs_to_the_committee(programme: Programme, method: str, path: str) -> None:
    answers = [programme.call(method, path, {}, seen="*", desk=desk).status_code for desk in (None, "finance")]

    assert answers == [401, 403]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_what_is_not_there_is_not_found(programme: Programme, method: str, path: str) -> None:
    nowhere = Programme(programme.town, "nowhere")
    body: dict[str, Any] = {
        "/draft": FRAME,
        "/sessions": {"code": "C-1", "title": "Records", "kind": "concurrent", "minutes": 75},
        "/sessions/s/slot": {"room": "mills", "starts": MONDAY_TEN},
        "/sessions/s/pin": {"is_pinned": True},
        "/sessions/s/cast": {"cast": []},
        "/sessions/s/swap": {"other": "t", "other_version": 1},
        "/sessions/s/cancel": {"reason": "Rain."},
        "/speakers": WHITLOCK,
        "/speakers/p": {"name": "Sam"},
        "/speakers/p/availability": {"away": []},
    }.get(path, {})

    assert nowhere.call(method, path, body, seen="*").status_code == 404
    if path.count("/") > 1:
        assert programme.call(method, path, body, seen="*").status_code == 404


def test_a_session_is_not_found_under_another_conference(town: Scheduling, programme: Programme) -> None:
    session = programme.session()

    assert begun(town).call("GET", f"/sessions/{session['id']}").status_code == 404


def test_the_draft_of_a_cancelled_conference_stays_as_it_is(programme: Programme) -> None:
    session = programme.placed()
    programme.town.cancelled(programme.conference)

    refused = [
        programme.call("PUT", "/draft", {"rooms": []}, seen="*"),
        programme.call("POST", "/sessions", {"code": "C-1", "title": "R", "kind": "concurrent", "minutes": 75}),
        programme.call("DELETE", f"/sessions/{session['id']}/slot", seen="*"),
        programme.call("POST", "/speakers", WHITLOCK),
    ]

    assert {problem(each) for each in refused} == {(409, "ConferenceIsCancelled")}
    assert programme.done("GET", f"/sessions/{session['id']}") == session


# the frame


def test_a_frame_is_set_and_read(town: Scheduling) -> None:
    programme = begun(town)
    before = programme.call("GET", "/draft")

    made = programme.call("PUT", "/draft", FRAME | {"levels": {"order": "warn"}}, seen="0")

    assert (before.get_json()["rooms"], before.headers["ETag"]) == ([], '"0"')
    assert made.headers["ETag"] == '"1"'
    edit = {
        "by": "the committee",
        "at": made.get_json()["edit"]["at"],
        "what": "another set of rooms, tracks and times",
    }
    assert programme.done("GET", "/draft") == {
        "conference": programme.conference,
        "revision": 1,
        "release_count": 0,
        "rooms": [
            {"is_step_free": True, "windows": [], **FRAME["rooms"][0]},
            {"is_step_free": True, "windows": [], "features": [], **FRAME["rooms"][1]},
        ],
        "tracks": FRAME["tracks"],
        "times": FRAME["times"],
        "levels": {"order": "warn"},
        "same_track_at_once_max": 2,
        "both_wanted_min": 10,
        "edit": edit,
    }


def test_the_later_editor_of_a_frame_is_refused_and_told_what_changed(programme: Programme) -> None:
    refused = programme.call("PUT", "/draft", {"rooms": []}, seen="0")

    assert problem(refused) == (412, "EditedMeanwhile")
    assert "the committee changed it: another set of rooms, tracks and times" in refused.get_json()["detail"]
    assert len(programme.done("GET", "/draft")["rooms"]) == 2


def test_a_frame_that_is_there_already_is_granted_again(programme: Programme) -> None:
    assert programme.done("PUT", "/draft", FRAME, seen="0")["revision"] == 1


def test_a_frame_is_not_set_unseen(programme: Programme) -> None:
    assert problem(programme.call("PUT", "/draft", FRAME)) == (428, "NotSeen")


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"rooms": [FRAME["rooms"][0], {"id": "ballroom", "name": "B", "seats": 1}]}, "rooms", "stands there twice"),
        ({"rooms": [FRAME["rooms"][0], {"id": "b", "name": "grand ballroom", "seats": 1}]}, "rooms", "there twice"),
        ({"tracks": [{"id": "a", "title": "A"}, {"id": "a", "title": "B"}]}, "tracks", "stands there twice"),
        (
            {
                "times": [
                    {"id": "a", "starts": MONDAY_TEN, "ends": MONDAY_ONE},
                    {"id": "b", "starts": "2025-05-19T16:00:00Z", "ends": MONDAY_ONE},
                ]
            },
            "times",
            "a and b overlap",
        ),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused(
    programme: Programme, changed: dict[str, Any], field: str, sentence: str
) -> None:
    refused = programme.call("PUT", "/draft", FRAME | changed, seen="*")

    assert refused.status_code == 422
    assert sentence in refused.get_json()["errors"]["json"][field][0]
    assert programme.done("GET", "/draft")["revision"] == 1


def test_a_room_or_track_in_use_stays(programme: Programme) -> None:
    programme.placed("C-31", room="mills", track="records")

    without_room = programme.call("PUT", "/draft", FRAME | {"rooms": FRAME["rooms"][:1]}, seen="*")
    without_track = programme.call("PUT", "/draft", FRAME | {"tracks": []}, seen="*")

    assert problem(without_room) == problem(without_track) == (409, "InUse")
    assert "C-31" in without_room.get_json()["detail"]
    assert programme.done("GET", "/draft")["revision"] == 1


def test_a_room_can_not_be_taken_out_while_a_session_is_placed_in_it(programme: Programme) -> None:
    """Neither transaction reads what the other writes, so each must write what both would break."""
    session = programme.session()
    database = programme.town.service.parts.database
    attempt_count = 0

    def take_out(unit: Unit) -> None:
        nonlocal attempt_count
        attempt_count += 1
        unit.find(PEOPLE, {"_id": "nobody"})  # the snapshot is taken here
        if attempt_count == 1:
            programme.done("PUT", f"/sessions/{session['id']}/slot", {"room": "mills", "starts": MONDAY_TEN}, seen="1")
        commands.set_programme(unit, conference=programme.conference, asked=Frame(), seen=None, by="a colleague")

    with pytest.raises(InUse):
        database.transact(take_out)
    assert attempt_count == 2


def test_a_place_names_a_room_of_the_programme(programme: Programme) -> None:
    session = programme.session()

    refused = programme.call("PUT", f"/sessions/{session['id']}/slot", {"room": "cellar", "starts": MONDAY_TEN}, seen=1)

    assert problem(refused) == (422, "RoomUnknown")
    assert "room" in refused.get_json()["errors"]["json"]


def test_rooms_that_stay_are_written_once_for_many_sessions(programme: Programme) -> None:
    database = programme.town.service.parts.database

    rooms = database.transact(lambda unit: rooms_stay(unit, programme.conference, rooms=["mills", "ballroom", "mills"]))

    assert [each.name for each in rooms] == ["Mills Studio", "Grand Ballroom", "Mills Studio"]


# sessions


def test_a_session_is_written_and_read(programme: Programme) -> None:
    fields = {
        "abstract": "What to keep when the river rises.",
        "track": "records",
        "level": "advanced",
        "needs": ["stream"],
        "seats_max": 30,
        "product": "academy",
        "price_minor": 9500,
        "approval": {"scheme": "clerks", "minutes": 240},
    }

    made = programme.session("A-07", kind="academy", minutes=240, **fields)

    assert programme.done("GET", f"/sessions/{made['id']}") == made
    assert made == {
        "id": made["id"],
        "version": 1,
        "conference": programme.conference,
        "code": "A-07",
        "title": "Session A-07",
        "kind": "academy",
        "minutes": 240,
        "language": "en",
        "after": [],
        "editorial": "confirmed",
        "cast": [],
        "is_pinned": False,
        "slot": None,
        "online_url": "",
        "is_cancelled": False,
        "cancel_reason": "",
        "replaces": "",
        "edit": {"by": "the committee", "at": made["edit"]["at"], "what": "it is new"},
        **fields,
        "approval": {
            "scheme": "clerks",
            "minutes": 240,
            "must_be_reviewed": False,
            "is_approved": True,
            "must_be_assessed": False,
        },
    }


def test_the_same_request_twice_writes_one_session(programme: Programme) -> None:
    key = str(uuid.uuid4())
    body = {"code": "C-31", "title": "Records", "kind": "concurrent", "minutes": 75}

    answers = [programme.call("POST", "/sessions", body, key=key) for _ in range(2)]

    assert answers[0].get_json() == answers[1].get_json()
    assert len(programme.done("GET", "/sessions")["items"]) == 1


def test_a_code_is_used_once_in_a_conference(town: Scheduling, programme: Programme) -> None:
    programme.session("C-31")
    other = programme.session("C-32")

    created = programme.call("POST", "/sessions", {"code": "C-31", "title": "R", "kind": "concurrent", "minutes": 75})
    renamed = programme.call("PATCH", f"/sessions/{other['id']}", {"code": "C-31"}, seen=1)

    assert problem(created) == problem(renamed) == (409, "CodeTaken")
    assert begun(town).session("C-31")["code"] == "C-31"


def test_sessions_are_listed_page_by_page(programme: Programme) -> None:
    for code in ("C-2", "A-1", "B-1"):
        programme.session(code)

    first = programme.call("GET", "/sessions?limit=2")
    second = programme.done("GET", f"/sessions?limit=2&after={first.get_json()['next']}")

    assert [each["code"] for each in first.get_json()["items"]] == ["A-1", "B-1"]
    assert 'rel="next"' in first.headers["Link"]
    assert ([each["code"] for each in second["items"]], second["next"]) == (["C-2"], None)


def test_an_edit_changes_what_it_names_and_a_new_length_moves_the_end(programme: Programme) -> None:
    session = programme.placed(approval={"scheme": "clerks", "minutes": 75})

    edited = programme.done("PATCH", f"/sessions/{session['id']}", {"minutes": 90, "level": "basic"}, seen=2)

    approval = session["approval"] | {"must_be_reviewed": True}
    slot = {"room": "mills", "starts": MONDAY_TEN, "ends": "2025-05-19T16:30:00+00:00"}
    edit = {"by": "the committee", "at": edited["edit"]["at"], "what": "another length and level"}
    changed = {"minutes": 90, "level": "basic", "version": 3, "slot": slot, "edit": edit, "approval": approval}
    assert edited == session | changed


@pytest.mark.parametrize(("method", "path", "body"), EDITS)
def test_the_later_editor_is_refused_and_told_who_changed_what(
    programme: Programme, method: str, path: str, body: Any
) -> None:
    cast = [{"person": programme.speaker()["id"]}]
    session = programme.placed()
    address = f"/sessions/{session['id']}"
    programme.done("PUT", f"{address}/cast", {"cast": cast}, seen=2)
    now = programme.done("PATCH", address, {"level": "advanced"}, seen=3)

    refused = programme.call(method, address + path, body, seen=2)

    assert problem(refused) == (412, "EditedMeanwhile")
    assert refused.get_json()["detail"] == (
        "C-31 was not changed by you. Meanwhile the committee changed it: its speaker is Dr Sam Whitlock; "
        "the committee changed it: another level. Look at it as it is now, then make your change again."
    )
    assert programme.done("GET", address) == now


@pytest.mark.parametrize(("method", "path", "body"), EDITS)
def test_an_edit_says_what_was_seen(programme: Programme, method: str, path: str, body: Any) -> None:
    address = f"/sessions/{programme.placed()['id']}"

    assert problem(programme.call(method, address + path, body)) == (428, "NotSeen")


def test_a_version_that_never_was_is_not_taken_for_the_latest(programme: Programme) -> None:
    address = f"/sessions/{programme.placed()['id']}"

    assert problem(programme.call("DELETE", f"{address}/slot", seen="99")) == (412, "EditedMeanwhile")


@pytest.mark.parametrize(("method", "path", "body"), EDITS)
def test_an_edit_whose_answer_was_lost_is_granted_again(
    programme: Programme, method: str, path: str, body: Any
) -> None:
    address = f"/sessions/{programme.placed()['id']}"

    first = programme.done(method, address + path, body, seen=2)
    second = programme.done(method, address + path, body, seen=2)

    assert second == first


# places


def test_a_session_is_placed_and_loses_its_place(programme: Programme) -> None:
    session = programme.session()
    address = f"/sessions/{session['id']}/slot"

    placed = programme.done("PUT", address, {"room": "ballroom", "starts": "2025-05-19T10:00:00-05:00"}, seen=1)
    unplaced = programme.done("DELETE", address, seen=2)

    assert placed["slot"] == {"room": "ballroom", "starts": MONDAY_TEN, "ends": "2025-05-19T16:15:00+00:00"}
    assert placed["edit"]["what"] == "it is in Grand Ballroom on Monday, May 19, 10:00 AM"
    assert (unplaced["slot"], unplaced["edit"]["what"]) == (None, "it has no place any more")


@pytest.mark.parametrize(
    ("starts", "status"),
    [
        ("2025-05-16T05:00:00Z", 200),
        ("2025-05-16T04:59:00Z", 422),
        ("2025-05-24T03:45:00Z", 200),
        ("2025-05-24T03:46:00Z", 422),
        ("2024-05-19T15:00:00Z", 422),
    ],
)
def test_a_session_takes_place_near_the_days_of_its_conference(programme: Programme, starts: str, status: int) -> None:
    address = f"/sessions/{programme.session()['id']}/slot"

    assert programme.call("PUT", address, {"room": "mills", "starts": starts}, seen=1).status_code == status


def test_two_sessions_change_places_and_keep_their_lengths(programme: Programme) -> None:
    long = programme.placed("A-07", room="ballroom", starts=MONDAY_ONE, minutes=240)
    short = programme.placed("C-31", room="mills", starts=MONDAY_TEN)

    answer = programme.done("POST", f"/sessions/{long['id']}/swap", {"other": short["id"], "other_version": 2}, seen=2)

    assert [each["slot"] for each in answer["items"]] == [
        {"room": "mills", "starts": MONDAY_TEN, "ends": "2025-05-19T19:00:00+00:00"},
        {"room": "ballroom", "starts": MONDAY_ONE, "ends": "2025-05-19T19:15:00+00:00"},
    ]
    assert [programme.done("GET", f"/sessions/{each['id']}") for each in answer["items"]] == answer["items"]


def test_a_swap_is_refused_whole_when_either_was_changed_meanwhile(programme: Programme) -> None:
    one, other = programme.placed("C-1"), programme.placed("C-2", starts=MONDAY_ONE)
    address, body = f"/sessions/{one['id']}/swap", {"other": other["id"], "other_version": 2}

    answers = [
        programme.call("POST", address, body, seen=1),
        programme.call("POST", address, body | {"other_version": 1}, seen=2),
    ]

    assert [problem(each) for each in answers] == [(412, "EditedMeanwhile")] * 2
    assert [programme.done("GET", f"/sessions/{each['id']}") for each in (one, other)] == [one, other]


def test_a_session_changes_places_neither_with_itself_nor_across_conferences(
    town: Scheduling, programme: Programme
) -> None:
    one, elsewhere = programme.placed(), begun(town).session()
    address = f"/sessions/{one['id']}/swap"

    itself = programme.call("POST", address, {"other": one["id"], "other_version": 2}, seen=2)
    other = programme.call("POST", address, {"other": elsewhere["id"], "other_version": 1}, seen=2)

    assert (problem(itself), problem(other)) == ((422, "OrderImpossible"), (404, "SessionUnknown"))


def test_a_pinned_session_stays_until_it_is_unpinned(programme: Programme) -> None:
    session, other = programme.placed("C-1"), programme.placed("C-2", starts=MONDAY_ONE)
    address = f"/sessions/{session['id']}"
    programme.done("PUT", f"{address}/pin", {"is_pinned": True}, seen=2)

    refused = [
        programme.call("PUT", f"{address}/slot", {"room": "ballroom", "starts": MONDAY_TEN}, seen=3),
        programme.call("DELETE", f"{address}/slot", seen=3),
        programme.call("POST", f"{address}/swap", {"other": other["id"], "other_version": 2}, seen=3),
        programme.call("POST", f"/sessions/{other['id']}/swap", {"other": session["id"], "other_version": 3}, seen=2),
    ]
    programme.done("PUT", f"{address}/pin", {"is_pinned": False}, seen=3)

    assert {problem(each) for each in refused} == {(409, "SessionPinned")}
    assert programme.done("DELETE", f"{address}/slot", seen=4)["slot"] is None


def test_a_session_is_cancelled_with_a_reason_and_taken_back(programme: Programme) -> None:
    session = programme.placed()
    address = f"/sessions/{session['id']}"

    cancelled = programme.done("POST", f"{address}/cancel", {"reason": "The speaker is ill."}, seen=2)
    moved = programme.call("DELETE", f"{address}/slot", seen=3)
    back = programme.done("POST", f"{address}/reinstate", seen=3)
    again = programme.call("POST", f"{address}/reinstate", seen=4)

    assert (cancelled["is_cancelled"], cancelled["cancel_reason"]) == (True, "The speaker is ill.")
    assert cancelled["slot"] == session["slot"]
    assert problem(moved) == (409, "SessionIsCancelled")
    assert (back["is_cancelled"], back["cancel_reason"], back["slot"]) == (False, "", session["slot"])
    assert problem(again) == (409, "SessionNotCancelled")


# what is said of a session


def test_a_session_comes_after_others_of_its_conference_in_an_order_that_can_be_kept(
    town: Scheduling, programme: Programme
) -> None:
    one, two, three = (programme.session(code) for code in ("C-1", "C-2", "C-3"))
    programme.done("PATCH", f"/sessions/{two['id']}", {"after": [one["id"]]}, seen=1)
    programme.done("PATCH", f"/sessions/{three['id']}", {"after": [two["id"]]}, seen=1)

    round_about = programme.call("PATCH", f"/sessions/{one['id']}", {"after": [three["id"]]}, seen=1)
    elsewhere = programme.call("PATCH", f"/sessions/{one['id']}", {"after": [begun(town).session()["id"]]}, seen=1)

    assert problem(round_about) == problem(elsewhere) == (422, "OrderImpossible")
    assert programme.done("GET", f"/sessions/{one['id']}") == one


def test_spaces_of_any_width_are_spaces_and_signs_made_of_several_are_kept(programme: Programme) -> None:
    made = programme.session(title="Dr\u00a0Whitlock\u2009: \U0001f469\u200d\U0001f4bb\u00a0")

    assert made["title"] == "Dr Whitlock : \U0001f469\u200d\U0001f4bb"
    assert programme.call("PATCH", f"/sessions/{made['id']}", {"title": "\u200d \u200c"}, seen=1).status_code == 422


def test_a_title_that_turns_the_direction_of_reading_is_refused(programme: Programme) -> None:
    made = programme.session()

    for turning in ("\u202e", "\u2066"):
        asked = {"title": f"Budgets {turning}2020"}
        assert programme.call("PATCH", f"/sessions/{made['id']}", asked, seen=1).status_code == 422


def test_no_session_stands_in_for_itself_by_whatever_way_round(programme: Programme) -> None:
    one, two = (programme.session(code) for code in ("C-1", "C-2"))
    programme.done("PATCH", f"/sessions/{two['id']}", {"replaces": one["id"]}, seen=1)

    itself = programme.call("PATCH", f"/sessions/{one['id']}", {"replaces": one["id"]}, seen=1)
    round_about = programme.call("PATCH", f"/sessions/{one['id']}", {"replaces": two["id"]}, seen=1)

    assert problem(itself) == problem(round_about) == (422, "OrderImpossible")
    assert programme.done("GET", f"/sessions/{one['id']}") == one


def test_a_session_has_a_track_of_its_programme_and_stands_in_for_one_of_its_sessions(programme: Programme) -> None:
    session = programme.session()

    track = programme.call("PATCH", f"/sessions/{session['id']}", {"track": "poetry"}, seen=1)
    replaces = programme.call("PATCH", f"/sessions/{session['id']}", {"replaces": "ses_0"}, seen=1)

    assert (problem(track), problem(replaces)) == ((422, "TrackUnknown"), (404, "SessionUnknown"))


def test_a_session_has_speakers_who_were_introduced(programme: Programme) -> None:
    speaker, session = programme.speaker(), programme.session(approval={"scheme": "clerks", "minutes": 75})
    address = f"/sessions/{session['id']}/cast"
    part = {"person": speaker["id"], "role": "moderator", "is_confirmed": False}

    stranger = programme.call("PUT", address, {"cast": [{"person": "per_0"}]}, seen=1)
    twice = programme.call("PUT", address, {"cast": [part, part]}, seen=1)
    cast = programme.done("PUT", address, {"cast": [part]}, seen=1)

    assert (problem(stranger), problem(twice)) == ((404, "SpeakerUnknown"), (422, "CastTwice"))
    assert (cast["cast"], cast["approval"]["must_be_reviewed"]) == ([part], True)
    assert cast["edit"]["what"] == "its speaker is Dr Sam Whitlock"


# speakers


def registered(person: str = "per_whitlock", **changed: Any) -> PersonRegistered:
    return PersonRegistered(
        **{"person": person, "postal_address": (), "name": "Dr Sam  Whitlock", "email": "Whitlock@Institute.example"}
        | changed
    )


def test_a_speaker_nobody_knows_is_introduced_once(town: Scheduling, programme: Programme) -> None:
    before = len(programme.said(SpeakerIntroduced))
    whitlock = {
        "name": "Dr Sam Whitlock",
        "email": f"{uuid.uuid4().hex}@institute.example",
        "postal_address": ["1 Elm"],
    }

    made = programme.speaker(**whitlock, biography="Directs an institute.", is_complimentary=True)
    again = programme.speaker(**whitlock | {"name": "dr sam whitlock"})
    elsewhere = begun(town).speaker(**whitlock)

    assert made == {
        "id": made["id"],
        "version": 1,
        "name": "Dr Sam Whitlock",
        "biography": "Directs an institute.",
        "away": [],
        "is_complimentary": True,
        "edit": None,
    }
    assert again == made
    assert elsewhere["id"] == made["id"]
    said = programme.said(SpeakerIntroduced)[before:]
    assert [(each.person, each.name, each.email, each.postal_address) for each in said] == [
        (made["id"], "Dr Sam Whitlock", whitlock["email"], ("1 Elm",))
    ]


def test_a_speaker_who_is_a_delegate_is_the_same_person_and_not_introduced(programme: Programme) -> None:
    email = f"{uuid.uuid4().hex}@institute.example"
    person = f"per_{uuid.uuid4().hex}"
    before = len(programme.said(SpeakerIntroduced))
    for _ in range(2):
        programme.hear(registered(person, email=email))

    made = programme.speaker(email=email)

    assert made["id"] == person
    assert len(programme.said(SpeakerIntroduced)) == before


def test_a_person_is_found_by_the_new_address_and_by_the_old(programme: Programme) -> None:
    old, new, person = f"{uuid.uuid4().hex}@old.example", f"{uuid.uuid4().hex}@new.example", f"per_{uuid.uuid4().hex}"
    programme.hear(registered(person, email=old))
    changed = ContactChanged(person=person, name="Dr Sam Whitlock-Hale", email=new, postal_address=())
    for _ in range(2):
        programme.hear(changed)

    found = [programme.speaker(email=old)["id"], programme.speaker(email=new, name="Dr Sam Whitlock-Hale")["id"]]

    assert found == [person, person]
    database = programme.town.service.parts.database
    assert database.mongo[PEOPLE.name].find_one({"_id": person}, {"name": 1, "_id": 0}) == {
        "name": "Dr Sam Whitlock-Hale"
    }


@pytest.mark.parametrize(
    ("public", "shown"), [("Dr Sam Whitlock", "Dr Sam Whitlock-Hale"), ("Prof. Whitlock", "Prof. Whitlock")]
)
def test_a_speaker_s_public_name_follows_a_correction_unless_the_committee_gave_another(
    programme: Programme, public: str, shown: str
) -> None:
    made = programme.speaker(email=f"{uuid.uuid4().hex}@institute.example")
    if public != made["name"]:
        programme.done("PUT", f"/speakers/{made['id']}", {"name": public, "biography": ""}, seen=1)
    changed = ContactChanged(
        person=made["id"],
        name="Dr Sam Whitlock-Hale",
        email="sam@institute.example",
        postal_address=(),
        changed=("name",),
        name_before="Dr Sam Whitlock",
    )
    for _ in range(2):
        programme.hear(changed)

    assert programme.done("GET", f"/speakers/{made['id']}")["name"] == shown


def test_who_was_introduced_stays_the_same_person_when_they_register(programme: Programme) -> None:
    email = f"{uuid.uuid4().hex}@institute.example"
    made = programme.speaker(email=email)
    for _ in range(2):
        programme.hear(registered(made["id"], email=email))

    assert programme.speaker(email=email)["id"] == made["id"]


def test_no_address_is_kept_in_scheduling(programme: Programme) -> None:
    email = f"{uuid.uuid4().hex}@institute.example"
    made = programme.speaker(email=email, postal_address=["77 Quarry Lane"])
    programme.hear(registered(made["id"], email=email, postal_address=("77 Quarry Lane",)))

    mongo = programme.town.service.parts.database.mongo
    kept = [str(each) for name in mongo.list_collection_names() if name != "events" for each in mongo[name].find()]

    assert mongo[IDENTITIES.name].count_documents({"_id": identity_hash(name="Dr Sam Whitlock", email=email)}) == 1
    assert [each for each in kept if email in each or "Quarry Lane" in each] == []


def test_a_speaker_without_any_address_is_refused(programme: Programme) -> None:
    refused = programme.call("POST", "/speakers", {"name": "Dr Sam Whitlock"})

    assert refused.status_code == 422
    assert "told of every change" in refused.get_json()["errors"]["json"]["email"][0]


def test_two_speakers_without_an_e_mail_address_are_two_people(programme: Programme) -> None:
    ids = [programme.speaker(email=None, postal_address=["4 Elm Street"])["id"] for _ in range(2)]

    assert ids[0] != ids[1]


def test_a_speaker_says_when_they_can_not_come_and_is_described(programme: Programme) -> None:
    email = f"{uuid.uuid4().hex}@institute.example"
    address = f"/speakers/{programme.speaker(email=email)['id']}"
    away = [{"starts": MONDAY_TEN, "ends": MONDAY_ONE}]

    programme.done("PUT", f"{address}/availability", {"away": away}, seen=1)
    described = programme.done("PUT", address, {"name": "Sam Whitlock", "biography": "Writes."}, seen=2)
    late = programme.call("PUT", f"{address}/availability", {"away": []}, seen=1)

    assert problem(late) == (412, "EditedMeanwhile")
    assert (described["away"], described["name"], described["version"]) == (away, "Sam Whitlock", 3)
    assert programme.done("GET", address) == described
    assert described in programme.done("GET", "/speakers")["items"]


# conflicts


def test_conflicts_of_the_draft_are_told_in_sentences_with_what_people_want(programme: Programme) -> None:
    one, other = programme.placed("C-31"), programme.placed("C-32")
    agendas = programme.town.service.parts.database.mongo[AGENDAS.name]
    for number in range(61):
        agenda = Agenda(
            id=f"{programme.conference}:{number}",
            conference=programme.conference,
            person=str(number),
            stars=(one["id"], other["id"])[: 1 + (number < 12)],
        )
        agendas.insert_one({**AGENDAS.document(agenda), "version": 1, "event_count": 0})

    found = programme.done("GET", "/conflicts")["items"]

    assert [(each["rule"], each["level"], each["sessions"]) for each in found] == [
        ("room_twice", "block", [one["id"], other["id"]]),
        ("room_too_small", "warn", [one["id"]]),
        ("both_wanted", "warn", [one["id"], other["id"]]),
    ]
    assert found[1]["sentence"] == (
        "Mills Studio has 60 seats, and 61 people starred C-31 “Session C-31” on Monday, May 19, 10:00 AM."
    )


def test_a_place_is_asked_about_and_nothing_is_changed(programme: Programme) -> None:
    one, other = programme.placed("C-31"), programme.session("C-32")
    address = f"/sessions/{other['id']}/conflicts"

    there = programme.done("GET", f"{address}?room=mills&starts=2025-05-19T11:00:00-05:00")["items"]
    later = programme.done("GET", f"{address}?room=mills&starts=2025-05-19T11:15:00-05:00")["items"]

    assert [(each["rule"], each["sessions"]) for each in there] == [("room_twice", [one["id"], other["id"]])]
    assert later == []
    assert programme.done("GET", f"/sessions/{other['id']}") == other


def test_a_window_that_ends_before_it_begins_is_refused(programme: Programme) -> None:
    address = f"/speakers/{programme.speaker()['id']}/availability"

    assert (
        programme.call("PUT", address, {"away": [{"starts": MONDAY_ONE, "ends": MONDAY_TEN}]}, seen=1).status_code
        == 422
    )
