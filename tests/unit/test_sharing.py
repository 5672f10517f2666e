"""How tests are shared among workers: as many as the machine bears, and what shares a town stays together."""

from pathlib import Path

import pytest

from tests.sharing import FIRST, LARGEST, WorkersRefused, group_of, in_order, needs_engines, worker_count

GIB = 1024**3
TESTS = Path(__file__).parents[1]
CASES = ("", f"[{LARGEST}]")


@pytest.mark.parametrize(
    ("core_count", "free_bytes", "expected"),
    [
        (2, 24 * GIB, 3),  # one more than there are cores: tests also wait
        (2, 5 * GIB, 2),
        (2, GIB, 1),
        (64, 256 * GIB, 8),
    ],
)
def test_a_machine_bears_so_many_workers(core_count: int, free_bytes: int, expected: int) -> None:
    assert worker_count({}, core_count=core_count, free_bytes=free_bytes) == expected


def test_a_person_may_say_how_many_workers_there_are() -> None:
    assert worker_count({"WORKERS": "5"}, core_count=2, free_bytes=GIB) == 5


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5"])
def test_what_is_no_number_of_workers_is_refused(given: str) -> None:
    with pytest.raises(WorkersRefused, match=f"WORKERS={given} is no number of workers"):
        worker_count({"WORKERS": given}, core_count=2, free_bytes=GIB)


def test_what_shares_a_town_stays_together_and_all_else_by_its_file() -> None:
    assert group_of("tests/e2e/test_pages.py::test_a[b]") == group_of("tests/e2e/test_call.py::test_c")
    assert group_of("tests/chaos/test_zombie.py::test_a") == group_of("tests/stories/test_b.py::test_c")
    assert group_of("tests/integration/test_jobs.py::test_a[x::y]") == "tests/integration/test_jobs.py"
    assert group_of("tests/integration/test_jobs.py::test_a") != group_of("tests/integration/test_calls.py::test_a")


def test_who_asks_the_service_with_most_routes_does_not_keep_the_others_waiting() -> None:
    scheduling, payments = (
        f"tests/contract/test_http.py::test_a[{each}-finance]" for each in ("scheduling", "payments")
    )

    assert group_of(scheduling) == group_of("tests/contract/test_http.py::test_b[scheduling]")
    assert group_of(payments) != group_of(scheduling)


def test_what_takes_longest_begins_first() -> None:
    first, second = group_of("tests/chaos/test_zombie.py::test_a"), group_of("tests/e2e/test_pages.py::test_a")

    assert in_order(["tests/contract/test_events.py", second, "tests/integration/test_jobs.py", first]) == [
        first,
        second,
        "tests/contract/test_events.py",
        "tests/integration/test_jobs.py",
    ]


def test_what_begins_first_is_there() -> None:
    files = [*TESTS.rglob("test_*.py")]
    groups = {group_of(f"tests/{each.relative_to(TESTS)}::test_a{case}") for each in files for case in CASES}

    assert set(FIRST) <= groups


def test_engines_are_started_unless_only_pure_rules_are_tested() -> None:
    assert needs_engines([])
    assert needs_engines(["tests"])
    assert needs_engines(["tests/unit", "tests/integration/test_jobs.py::test_a"])
    assert not needs_engines(["tests/unit", "tests/bench/test_figures.py::test_a"])
