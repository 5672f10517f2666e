"""The 79th congress of the demo: its numbers, and that it is the same everywhere, every time."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict

import pytest

from deploy.demo.congress.delegates import delegates
from deploy.demo.congress.programme import PLANTED, ROOMS, WHITLOCK, canonical, speakers, tables

GOLDEN = {
    "programme": "055fa09557796d1cf9e0306e3db267914f918640cd6c4424cc60ceea43249c8b",
    "delegates": "02912b720d7c40e8b0673fdb8918fc6533089d6f350ff2228086303a92486fec",
}
PRINTED = """
import hashlib
from dataclasses import asdict
from deploy.demo.congress.delegates import delegates
from deploy.demo.congress.programme import canonical, tables
for each in (tables(), [asdict(each) for each in delegates()]):
    print(hashlib.sha256(canonical(each)).hexdigest())
"""
SESSIONS = {each["code"]: each for each in tables()["sessions"]}


def test_it_is_the_same_bytes_every_time() -> None:
    documents = {"programme": tables(), "delegates": [asdict(each) for each in delegates()]}

    digests = {name: hashlib.sha256(canonical(each)).hexdigest() for name, each in documents.items()}

    assert digests == GOLDEN


@pytest.mark.parametrize(("seed", "zone"), [("random", "America/St_Johns"), ("7", "Asia/Tokyo")])
def test_it_is_the_same_bytes_in_another_place(seed: str, zone: str) -> None:
    elsewhere = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": os.getcwd()}  # noqa: PTH109

    printed = subprocess.run([sys.executable, "-c", PRINTED], env=elsewhere, capture_output=True, text=True, check=True)

    assert printed.stdout.split() == list(GOLDEN.values())


def test_it_has_126_sessions_in_14_rooms() -> None:
    assert len(ROOMS) == 14
    assert Counter(each["kind"] for each in SESSIONS.values()) == {
        "general": 6,
        "concurrent": 72,
        "academy": 12,
        "dialogue": 6,
        "region": 11,
        "round_table": 8,
        "orientation": 3,
        "exhibit": 4,
        "social": 4,
    }
    assert {(each["starts"], each["minutes"]) for each in SESSIONS.values() if each["kind"] == "region"} == {
        ("2025-05-19T11:00", "60")
    }
    assert Counter(each["track"] for each in SESSIONS.values() if "track" in each) == Counter(
        dict.fromkeys(("records", "elections", "meetings-law", "finance", "technology", "leadership"), 12)
    )


def test_118_speakers_9_of_them_twice_and_2_with_a_flight() -> None:
    rows = tables()["speakers"]
    parts = Counter(
        part.partition("[")[2].partition("]")[0]
        for each in SESSIONS.values()
        for part in each.get("speakers", "").split(";")
        if part
    )

    assert (len(rows), len({each["name"] for each in rows}), len({each["email"] for each in rows})) == (118, 118, 118)
    assert set(parts) == {each["id"] for each in rows}
    assert Counter(parts.values()) == {1: 109, 2: 9}
    assert len([each for each in rows if "away" in each]) == 2
    assert len([each for each in rows if each["complimentary"] == "yes"]) == 38


def test_the_education_board_has_looked_at_96_sessions() -> None:
    taught = [each for each in SESSIONS.values() if each["code"][0] in "ACDG"]

    assert Counter(each.get("approval", "awaiting") for each in taught) == {
        "approved": 86,
        "rejected": 6,
        "awaiting": 4,
    }


def test_dr_whitlock_has_an_academy_and_a_session() -> None:
    speaker = speakers()[WHITLOCK]

    assert speaker.name == "Dr Sam Whitlock"
    assert [code for code, each in SESSIONS.items() if f"[{speaker.id}]" in each.get("speakers", "")] == [
        "A-07",
        "C-31",
    ]
    assert SESSIONS["A-07"]["title"] == "Records in a crisis"
    assert (SESSIONS["A-07"]["minutes"], SESSIONS["A-07"]["price_minor"]) == ("240", "9500")
    assert SESSIONS["A-02"]["starts"] == SESSIONS["A-07"]["starts"] != SESSIONS["A-09"]["starts"]


def test_240_delegates_hold_options_and_star_sessions() -> None:
    people = delegates()
    options = Counter(option for each in people for option in each.options)
    stars = Counter(code for each in people for code in each.stars)

    assert (len(people), len({(each.name, each.email) for each in people})) == (240, 240)
    assert options == {"a-07": 28, "a-09": 10, "a-02": 24}
    assert [each.options for each in people if each.pays_by_card] == [("a-07",)] * 28
    assert len([each for each in people if each.waits_for == "A-02"]) == 6
    assert (stars["C-48"], stars["C-31"]) == (240, 212)
    assert all(count < 60 for code, count in stars.items() if code not in ("C-48", "C-31"))


def test_every_speaker_is_among_the_delegates_by_the_same_name_and_address() -> None:
    known = {(each.name, each.email) for each in delegates()}

    assert {(each.name, each.email) for each in speakers()} <= known


def test_what_is_wrong_on_purpose_is_known() -> None:
    seats = {each["id"]: int(each["seats"]) for each in ROOMS}
    assert [each["what"] for each in PLANTED] == ["room_twice", "speaker_twice", "room_too_small"]
    assert SESSIONS["C-19"]["room"] == "arch"
    assert SESSIONS["C-19"]["starts"] == SESSIONS["C-20"]["starts"]
    assert SESSIONS["C-45"]["starts"] == SESSIONS["C-46"]["starts"]
    assert seats[SESSIONS["C-48"]["room"]] == 180
