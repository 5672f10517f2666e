"""`make programme`: the example files, the last line of its output, its exit status and its refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy import programme
from tests.programme_checker import Given, broken, faults
from tests.unit.solver_builders import given_congress

EXAMPLES = Path(__file__).parent.parent.parent / "deploy" / "programmes"
PLAN, INCIDENT = EXAMPLES / "congress.json", EXAMPLES / "incident.json"
KEYS = ["status", "cancelled", "moved_time", "moved_room", "people_told", "reasons", "seconds"]


def answered(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str], dict[str, Any]]:
    """The exit status, the words and the last line."""
    status = programme.main([str(argument) for argument in arguments], {})
    *words, last = capsys.readouterr().out.splitlines()
    return status, words, json.loads(last)


def saved(folder: Path, name: str, given: Given) -> Path:
    path = folder / name
    path.write_text(json.dumps(given))
    return path


def test_the_example_is_repaired_and_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    status, words, answer = answered(capsys, PLAN, INCIDENT)

    assert status == 0
    assert list(answer) == KEYS
    assert faults(json.loads(PLAN.read_text()), json.loads(INCIDENT.read_text()), answer) == []
    assert words[:4] == [
        "Proven: nothing less will do.",
        "Another time: 2",
        "  crisis (Records in a crisis, 55 stars): garden, Tue 2025-05-20 09:30 > hall, Tue 2025-05-20 13:30",
        "  elections (Counting by hand, and why, 100 stars): hall, Mon 2025-05-19 13:30 > hall, Tue 2025-05-20 09:30",
    ]


def test_what_is_impossible_ends_with_three_and_its_reasons(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    away = {"speakers_away": [["p1", "2025-05-19"], ["p1", "2025-05-20"]]}

    status, words, answer = answered(
        capsys, saved(tmp_path, "congress.json", given_congress()), saved(tmp_path, "incident.json", away)
    )

    assert status == 3
    assert answer["status"] == "impossible"
    assert words == ["No programme keeps all of these:", *(f"  {reason}" for reason in answer["reasons"])]


def test_without_an_incident_a_better_plan_is_answered_whole(capsys: pytest.CaptureFixture[str]) -> None:
    status, words, answer = answered(capsys, PLAN, "--seconds", "0.2")

    assert status == 0
    assert list(answer) == [*KEYS, "plan", "clashes"]
    assert list(broken(json.loads(PLAN.read_text()), {}, answer["plan"])) == []
    assert words[0] == "The best that was found; less may do."


def test_a_refused_file_ends_with_two_and_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    refused = saved(tmp_path, "congress.json", given_congress(plan={"s9": ["r0", "d1t1"]}))

    assert programme.main([str(refused), str(INCIDENT)], {}) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f'{refused}, plan.s9: there is no session "s9".\n'


def test_a_plan_that_breaks_a_rule_before_the_incident_is_repaired_and_says_what_was_so_before(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = saved(tmp_path, "congress.json", given_congress(closed=[["r1", "d1t2"]]))

    assert programme.main([str(plan), str(saved(tmp_path, "incident.json", {}))], {}) == 0

    said = capsys.readouterr().out.splitlines()
    assert "Was so before, and stays: 1" in said
    assert "  s1 (Lesson 1, 50 stars): room r1 is closed at d1t2." in said
    assert json.loads(said[-1])["was_so_before"] == {"s1": ["room r1 is closed at d1t2."]}


def test_sessions_in_each_others_way_are_not_moved_about_for_fewer_clashes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    in_the_way = {"s0": ["r0", "d1t1"], "s1": ["r1", "d2t1"], "s2": ["r1", "d2t1"]}
    refused = saved(tmp_path, "congress.json", given_congress(plan=in_the_way))

    assert programme.main([str(refused)], {}) == 2

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{refused}, plan.s2: room r1 at d2t1 is taken by s1 (Lesson 1).\n")


def test_a_missing_file_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert programme.main([str(tmp_path / "none.json")], {}) == 2
    assert "can't be read" in capsys.readouterr().err

    assert programme.main([str(PLAN), str(tmp_path / "none.json")], {}) == 2
    assert "can't be read" in capsys.readouterr().err


@pytest.mark.parametrize("wish", [{"SECONDS_MAX": "0"}, {"SECONDS_MAX": "soon"}, {"SEED": "-1"}, {"SEED": "x"}])
def test_a_senseless_wish_is_refused(wish: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        programme.main([str(PLAN)], wish)

    assert ended.value.code == 2
    assert "nothing was searched" in capsys.readouterr().err
