"""Programmes as files on the real database: what goes out comes in as it was, and a fault changes nothing."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from services.scheduling.programme.domain.table_files import tables_from_csv, tables_from_xlsx
from shared.contracts.scheduling import SpeakerIntroduced
from shared.web.spreadsheets import XLSX_TYPE
from tests.integration.programme_house import MONDAY_ONE, Programme, begun, congress, problem
from tests.integration.scheduling_town import PASSWORDS, Scheduling
from tests.namespaces import Namespace
from tests.unit.schedule_shapes import SCHEDULE_1

TYPES = {"csv": "text/csv", "xlsx": XLSX_TYPE, "json": "application/json", "schedule.json": "application/json"}
TABLES: dict[str, list[dict[str, str]]] = {
    "rooms": [
        {"id": "ballroom", "name": "Grand Ballroom", "seats": "450", "features": "stream; tables"},
        {"id": "loft", "name": "Loft", "seats": "40", "step_free": "no", "open": "2025-05-19T08:00/2025-05-19T18:00"},
    ],
    "tracks": [{"id": "records", "title": "Records"}],
    "times": [{"id": "mon-1", "starts": "2025-05-19T10:00", "ends": "2025-05-19T11:15"}],
    "settings": [{"name": "order", "value": "warn"}, {"name": "both_wanted_min", "value": "25"}],
    "speakers": [
        {"id": "whitlock", "name": "Dr Sam Whitlock", "email": "whitlock@institute.example", "complimentary": "yes"}
        | {"away": "2025-05-18T00:00/2025-05-19T07:00", "biography": "Directs an institute.\nWrites."},
    ],
    "sessions": [
        {
            "code": "C-32",
            "title": "Part two",
            "kind": "concurrent",
            "minutes": "75",
            "track": "Records",
            "after": "C-31",
        }
        | {
            "room": "Loft",
            "starts": "2025-05-19T13:00",
            "speakers": "moderator: Jo Lund <jo@lund.example>*; [whitlock]",
        },
        {"code": "C-31", "title": "=Part one", "kind": "concurrent", "minutes": "75", "track": "records"}
        | {"room": "ballroom", "starts": "2025-05-19T10:00", "needs": "stream", "pinned": "yes"},
        {"code": "A-07", "title": "Records in a crisis", "kind": "academy", "minutes": "240", "seats": "30"}
        | {"option": "a-07", "price_minor": "9500", "approved_by": "clerks", "approved_minutes": "240"}
        | {"approval": "review", "assessed": "yes", "state": "accepted", "cancelled": "The speaker is ill."}
        | {"replaces": "C-31", "level": "advanced", "language": "en", "abstract": "What to keep.\n\nAnd what not."},
    ],
}


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with congress(module_namespace) as running:
        yield running


@pytest.fixture
def programme(town: Scheduling) -> Programme:
    """A congress without anything in its draft."""
    return begun(town)


def sent(
    programme: Programme,
    content: bytes,
    form: str = "json",
    *,
    dry_run: bool = False,
    seen: str = "",
    key: str = "",
    query: str = "",
) -> TestResponse:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())} | ({"If-Match": f'"{seen}"'} if seen else {})
    return programme.town.service.client().post(
        f"/scheduling/conferences/{programme.conference}/import{query or ('?dry_run=true' if dry_run else '')}",
        data=content,
        content_type=TYPES[form],
        headers=headers,
        auth=("committee", PASSWORDS["committee"]),
    )


def imported(programme: Programme, tables: Any = TABLES, **asked: Any) -> dict[str, Any]:
    response = sent(programme, json.dumps(tables).encode(), **asked)
    assert response.status_code == 200, response.text
    answer = response.get_json()
    assert isinstance(answer, dict)
    return answer


def exported(programme: Programme, form: str) -> bytes:
    response = programme.call("GET", f"/export/{form}")
    assert response.status_code == 200, response.text
    return bytes(response.data)


def state(programme: Programme) -> list[Any]:
    return [programme.done("GET", path) for path in ("/draft", "/sessions", "/speakers")]


def test_a_file_brings_in_a_whole_programme(programme: Programme) -> None:
    answer = imported(programme)

    assert (answer["is_done"], [(each["table"], each["key"]) for each in answer["effects"] if each["is_new"]]) == (
        True,
        [
            ("rooms", "ballroom"),
            ("rooms", "loft"),
            ("tracks", "records"),
            ("times", "mon-1"),
            ("settings", "order"),
            ("speakers", "new: Dr Sam Whitlock"),
            ("speakers", "new: Jo Lund"),
            ("sessions", "A-07"),
            ("sessions", "C-31"),
            ("sessions", "C-32"),
        ],
    )
    frame, sessions, speakers = state(programme)
    names = {each["id"]: each["name"] for each in speakers["items"]}
    academy, one, two = sessions["items"]
    assert (frame["levels"], frame["both_wanted_min"], frame["rooms"][1]["is_step_free"]) == (
        {"order": "warn"},
        25,
        False,
    )
    assert frame["rooms"][1]["windows"] == [
        {"starts": "2025-05-19T13:00:00+00:00", "ends": "2025-05-19T23:00:00+00:00"}
    ]
    assert (one["title"], one["is_pinned"], one["needs"], one["slot"]["starts"]) == (
        "=Part one",
        True,
        ["stream"],
        "2025-05-19T15:00:00+00:00",
    )
    assert (two["slot"]["room"], two["track"], two["after"]) == ("loft", "records", [one["id"]])
    assert [(names[each["person"]], each["role"], each["is_confirmed"]) for each in two["cast"]] == [
        ("Jo Lund", "moderator", True),
        ("Dr Sam Whitlock", "speaker", False),
    ]
    assert (academy["is_cancelled"], academy["cancel_reason"]) == (True, "The speaker is ill.")
    assert (academy["replaces"], academy["seats_max"], academy["price_minor"]) == (one["id"], 30, 9500)
    assert academy["approval"] == {
        "scheme": "clerks",
        "minutes": 240,
        "must_be_reviewed": True,
        "is_approved": True,
        "must_be_assessed": True,
    }


@pytest.mark.parametrize("form", TYPES)
def test_what_goes_out_and_comes_in_again_changes_nothing(programme: Programme, form: str) -> None:
    imported(programme)
    before = state(programme)

    response = sent(programme, exported(programme, form), form)

    assert (response.status_code, response.get_json()["effects"]) == (200, []), response.text
    assert state(programme) == before


@pytest.mark.parametrize("form", ["xlsx", "json"])
def test_what_goes_out_makes_the_same_programme_elsewhere(town: Scheduling, programme: Programme, form: str) -> None:
    imported(programme)
    other = begun(town)

    response = sent(other, exported(programme, form), form)

    assert response.status_code == 200, response.text
    assert exported(other, "json") == exported(programme, "json")


words = st.text("abc =+-@'\"äß中;,\n", max_size=12).map(str.strip)


@st.composite
def programmes(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """Tables of a small programme that makes sense, with words that files find difficult."""
    hours = [f"2025-05-19T{hour:02}:00" for hour in range(8, 18)]
    codes = draw(st.lists(st.sampled_from([f"C-{number}" for number in range(6)]), unique=True, max_size=5))
    sessions = [
        {
            "code": code,
            "title": draw(words.filter(bool)).replace("\n", " "),
            "kind": draw(st.sampled_from(["concurrent", "academy", "break"])),
            "minutes": str(draw(st.integers(1, 1440))),
            "abstract": draw(words),
            "level": draw(words).replace("\n", " "),
            "track": draw(st.sampled_from(["", "records"])),
            "speakers": draw(st.sampled_from(["", "[whitlock]", "panelist: [whitlock]*; Jo Lund <jo@lund.example>"])),
            "needs": draw(st.sampled_from(["", "stream", "stream; step-free"])),
            "after": draw(st.sampled_from(["", *[each for each in codes if each < code]])),
            "seats": draw(st.sampled_from(["", "0", "30"])),
            "state": draw(st.sampled_from(["proposed", "accepted", "confirmed", "withdrawn", "rejected"])),
            "pinned": draw(st.sampled_from(["yes", "no"])),
            "cancelled": draw(words).replace("\n", " "),
        }
        | (
            {"room": draw(st.sampled_from(["ballroom", "loft"])), "starts": place}
            if (place := draw(st.sampled_from(["", *hours])))
            else {}
        )
        for code in codes
    ]
    return TABLES | {"sessions": sessions}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(tables=programmes(), form=st.sampled_from(["xlsx", "csv", "json"]))
def test_any_programme_goes_out_and_comes_in_as_it_was(
    town: Scheduling, tables: dict[str, list[dict[str, str]]], form: str
) -> None:
    programme, other = begun(town), begun(town)
    imported(programme, tables)
    out = exported(programme, form)

    again = sent(programme, out, form).get_json()
    if form != "csv":
        sent(other, out, form)

    assert again["effects"] == []
    if form != "csv":
        assert exported(other, "json") == exported(programme, "json")


def test_a_dry_run_shows_what_would_be_and_leaves_no_trace(programme: Programme) -> None:
    said = len(programme.said(SpeakerIntroduced))
    tables = TABLES | {"speakers": [TABLES["speakers"][0] | {"email": f"{uuid.uuid4().hex}@institute.example"}]}

    trial = imported(programme, tables, dry_run=True)

    assert (trial["is_done"], len(trial["effects"])) == (False, 11)
    assert [len(each.get("items", each.get("rooms", []))) for each in state(programme)] == [0, 0, 0]
    assert len(programme.said(SpeakerIntroduced)) == said
    done = imported(programme, tables, seen=trial["digest"])
    assert (done["is_done"], done["digest"], done["effects"]) == (True, trial["digest"], trial["effects"])
    assert len(programme.said(SpeakerIntroduced)) > said


def test_an_effect_shows_each_cell_as_it_was_and_as_it_would_be(programme: Programme) -> None:
    imported(programme)

    trial = imported(programme, {"sessions": [{"code": "C-32", "title": "Part 2"}]}, dry_run=True)

    cells = [{"column": "title", "before": "Part two", "after": "Part 2"}]
    assert trial["effects"] == [{"table": "sessions", "key": "C-32", "is_new": False, "cells": cells}]


def test_what_was_changed_after_the_dry_run_is_not_overwritten_unseen(programme: Programme) -> None:
    imported(programme)
    tables = {"sessions": [{"code": "C-32", "title": "Part 2"}]}
    trial = imported(programme, tables, dry_run=True)
    session = programme.done("GET", "/sessions")["items"][2]
    programme.done("PATCH", f"/sessions/{session['id']}", {"title": "The second part"}, seen=session["version"])

    refused = sent(programme, json.dumps(tables).encode(), seen=trial["digest"])

    assert problem(refused) == (412, "EditedMeanwhile")
    assert programme.done("GET", f"/sessions/{session['id']}")["title"] == "The second part"


def test_the_same_file_with_the_same_key_is_imported_once(programme: Programme) -> None:
    key = str(uuid.uuid4())

    answers = [imported(programme, key=key) for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(programme.done("GET", "/sessions")["items"]) == 3


def test_a_file_with_faults_changes_nothing_and_names_them_all(programme: Programme) -> None:
    imported(programme)
    before = state(programme)
    content = (
        "code,title,kind,minutes,room,starts,speakers,after,track,replaces\n"
        "C-31,Part one,concurrent,75,Loft,2025-05-19T10:00,,,,\n"
        "C-40,Fine,concurrent,75,,,,,,\n"
        "C-41,,,,cellar,2025-05-19T10:00,Nobody,C-99,poetry,C-98\n"
        "C-42,Far,concurrent,75,Loft,2026-05-19T10:00,[per_0],C-41,,\n"
        "C-43,Round,concurrent,75,,,,C-44,,\n"
        "C-44,About,concurrent,75,,,,C-43,,\n"
        "C-45,Twice,concurrent,75,,,Jo Lund;Jo Lund,,,\n"
        "C-46,Itself,concurrent,75,,,,,,C-46\n"
    )

    refused = sent(programme, content.encode(), "csv")

    assert problem(refused) == (422, "ImportRefused")
    faults = [(each["row"], each["column"]) for each in refused.get_json()["faults"]]
    assert faults == [
        (2, "room"),
        (4, "title"),
        (4, "kind"),
        (4, "minutes"),
        (4, "track"),
        (4, "speakers"),
        (4, "room"),
        (4, "after"),
        (4, "replaces"),
        (5, "speakers"),
        (5, "starts"),
        (6, "after"),
        (7, "after"),
        (8, "speakers"),
        (9, "replaces"),
    ]
    assert state(programme) == before


def test_a_speaker_nobody_can_reach_is_not_introduced(programme: Programme) -> None:
    tables = {"speakers": [{"id": "x", "name": "Dr No"}]}

    refused = sent(programme, json.dumps(tables).encode())

    assert [(each["table"], each["row"], each["column"]) for each in refused.get_json()["faults"]] == [
        ("speakers", 1, "email")
    ]


def test_only_what_a_spreadsheet_never_calculates_goes_out(programme: Programme) -> None:
    imported(programme)

    assert b"'=Part one" in exported(programme, "csv")
    read = tables_from_csv(exported(programme, "csv"))["sessions"][1], tables_from_xlsx(exported(programme, "xlsx"))
    assert read[0].cells["title"] == read[1]["sessions"][1].cells["title"] == "=Part one"


def test_a_schedule_by_another_program_is_read(programme: Programme) -> None:
    imported(programme)
    event = {
        "id": 7,
        "title": "Keynote",
        "date": "2025-05-19T13:00:00-05:00",
        "start": "13:00",
        "duration": "01:30",
        "room": "Hall",
        "type": "talk",
        "track": "Law",
        "persons": [{"id": 1, "public_name": "Dr Sam Whitlock"}],
    }
    conference = {
        "rooms": [{"name": "Hall", "capacity": 900}, {"name": "Loft"}],
        "tracks": [{"name": "Law"}],
        "days": [{"index": 1, "rooms": {"Hall": [event]}}],
    }

    answer = imported(programme, {"schedule": {"conference": conference}})

    assert [(each["table"], each["key"]) for each in answer["effects"]] == [
        ("rooms", "hall"),
        ("tracks", "law"),
        ("sessions", "7"),
    ]
    session = programme.done("GET", "/sessions")["items"][0]
    assert (session["slot"]["starts"], session["minutes"], session["kind"]) == (MONDAY_ONE, 90, "concurrent")


def of_another_program(number: int, **changed: Any) -> dict[str, Any]:
    """A session as other conferences' programs write it: an id, a long slug, people by name alone."""
    hour = 9 + number
    event: dict[str, Any] = {
        "id": 10380 + number,
        "guid": f"a0a0fcfe-b7fb-46e3-84b6-97a5406016b{number}",
        "logo": "/logos/1.png",
        "date": f"2025-05-19T{hour:02}:00:00-05:00",
        "start": f"{hour:02}:00",
        "duration": "00:45",
        "room": "Curie",
        "slug": f"camp-{10380 + number}-a_long_way_home",
        "url": "https://camp.example/1.html",
        "title": f"A long way home, part {number}",
        "subtitle": "and back",
        "track": "Society & Records",
        "type": "lecture",
        "language": "en",
        "abstract": "Short.",
        "description": "And long.",
        "do_not_record": False,
        "persons": [{"id": 7, "public_name": "Ann: the clerk"}, {"id": 8, "public_name": "Bo; and [friends]"}],
        "links": [],
        "attachments": [],
    }
    return event | changed


def camp(*events: dict[str, Any]) -> dict[str, Any]:
    """A schedule.json without a list of rooms or tracks."""
    day = {"index": 1, "date": "2025-05-19", "rooms": {"Curie": list(events)}}
    return {"schedule": {"version": "1", "conference": {"acronym": "camp", "title": "Camp", "days": [day]}}}


def test_a_real_schedule_of_another_conference_comes_in_once_one_address_is_given_for_all_its_speakers(
    programme: Programme,
) -> None:
    document = camp(of_another_program(1), of_another_program(2, abstract="", duration="26:00", language="English"))

    refused = sent(programme, json.dumps(document).encode())
    address = "?speaker_email=programme@town.example"
    tried = sent(programme, json.dumps(document).encode(), query=f"{address}&dry_run=true")
    done = sent(programme, json.dumps(document).encode(), query=address)
    again = sent(programme, json.dumps(document).encode(), query="?dry_run=true")

    (fault,) = refused.get_json()["faults"]
    assert (refused.status_code, fault["table"], fault["row"], fault["column"]) == (422, "speakers", 0, "speaker_email")
    assert fault["reason"].startswith("The file gives no addresses of 2 speakers: Ann: the clerk, Bo; and [friends].")
    assert tried.get_json()["notes"] == [
        "The type “lecture” is none of ours; these become concurrent sessions: 10381, 10382.",
        "There is no place for “subtitle” here; it is left out: 10381, 10382.",
        "There is no place for “logo” here; it is left out: 10381, 10382.",
        "There is one text for a session here; the description is put behind the abstract: 10381.",
        "A session lasts a day at most here; these are cut to 24 hours: 10382 (26:00).",
        "Without an abstract, the description is taken as one: 10382.",
        "The language “English” is not two letters; English is taken: 10382.",
        "The file does not say how many seats these rooms have; new ones get none: Curie.",
    ]
    assert (tried.status_code, done.status_code, again.get_json()["effects"]) == (200, 200, [])
    one, two = programme.done("GET", "/sessions")["items"]
    assert (one["code"], one["abstract"], two["abstract"], two["minutes"]) == (
        "10381",
        "Short.\n\nAnd long.",
        "And long.",
        1440,
    )
    names = {each["name"] for each in programme.done("GET", "/speakers")["items"]}
    assert names == {"Ann: the clerk", "Bo; and [friends]"}


def test_slugs_that_collide_when_they_are_shortened_become_codes_of_their_own_and_two_unknown_people_are_not_one(
    programme: Programme,
) -> None:
    events = [of_another_program(number) for number in (1, 2)]
    for event in events:
        del event["id"]
        event["slug"] = f"quality-focused-website-{event['title'][-1]}"
    strangers = {"code": "C-9", "title": "T", "kind": "concurrent", "minutes": 45, "speakers": "Nobody One; Nobody Two"}

    answer = sent(programme, json.dumps(camp(*events)).encode(), query="?speaker_email=a@town.example").get_json()
    refused = sent(programme, json.dumps({"sessions": [strangers]}).encode()).get_json()

    codes = {each["key"] for each in answer["effects"] if each["table"] == "sessions"}
    assert codes == {"quality-focused", "quality-focuse-2"}
    assert any("quality-focuse-2" in each for each in answer["notes"])
    assert [each["reason"].partition(".")[0] for each in refused["faults"]] == [
        "No speakers are called Nobody One",
        "No speakers are called Nobody Two",
    ]


def test_the_draft_as_schedule_json_is_valid_by_the_published_schema_and_comes_back_unchanged(
    programme: Programme,
) -> None:
    imported(programme)
    written = exported(programme, "schedule.json")

    validator = jsonschema_rs.Draft7Validator(SCHEDULE_1, validate_formats=True)

    assert [str(each) for each in validator.iter_errors(json.loads(written))] == []
    assert sent(programme, written, query="?dry_run=true").get_json()["effects"] == []


HALF = '{"sessions": [{"code": "C-1", "title": "T", "kind": "concurrent", "minutes": 75, "speakers": "[\\ud800]"}]}'


@pytest.mark.parametrize(
    "document", [HALF, "{}", '{"schedule": 1}', '{"schedule": {"conference": {"days": [1]}}}', "[", "7"]
)
def test_a_document_that_is_no_programme_is_refused(programme: Programme, document: str) -> None:
    assert problem(sent(programme, document.encode())) == (422, "FileUnreadable")


def test_a_file_that_is_too_large_is_refused(programme: Programme) -> None:
    assert sent(programme, b" " * (2 * 1024 * 1024), "csv").status_code == 413


@pytest.mark.parametrize(("method", "path"), [("GET", "/export/csv"), ("POST", "/import")])
def test_files_belong_to_the_committee(programme: Programme, method: str, path: str) -> None:
    assert [programme.call(method, path, {}, desk=desk).status_code for desk in (None, "finance")] == [401, 403]


def test_an_unknown_file_or_conference_is_not_found(programme: Programme) -> None:
    nowhere = Programme(programme.town, "nowhere")

    assert [
        each.status_code for each in (programme.call("GET", "/export/doc"), nowhere.call("GET", "/export/csv"))
    ] == [
        404,
        404,
    ]
    assert sent(nowhere, b"code\nC-1\n", "csv").status_code == 404
