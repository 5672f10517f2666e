"""The errata to a printed programme: what changed since the release that was printed, and nothing else."""

from collections.abc import Iterator

import pytest

from tests.integration.call_house import House, begun, calls
from tests.integration.programme_house import MONDAY_ONE
from tests.integration.scheduling_town import Scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with calls(module_namespace) as running:
        yield running


@pytest.fixture
def house(town: Scheduling) -> House:
    """A congress whose programme was released, and printed."""
    house = begun(town)
    for code, room in (("C-31", "mills"), ("C-32", "ballroom")):
        house.place(house.session(code)["id"], room=room)
    house.release("Printed programme")
    return house


def test_the_errata_say_what_changed_since_the_printed_release_by_its_day(house: House) -> None:
    moved = house.done("GET", "/sessions")["items"][0]["id"]
    house.place(moved, starts=MONDAY_ONE)
    house.release("After the printing")
    house.done("POST", f"/sessions/{moved}/cancel", {"reason": "Dr Whitlock can't come."}, seen="*")
    house.release("The latest")

    since_printed = house.committee.see(f"{house.desk}/errata").text
    since_second = house.committee.see(f"{house.desk}/errata?since=2").text

    for page in (since_printed, since_second):
        assert "Monday, May 19, 2025" in page
        assert "C-31 Session C-31: cancelled (Dr Whitlock can&#39;t come)." in page
        assert "Session C-32" not in page
    assert "Changes to the programme “Printed programme”" in since_printed
    assert "Changes to the programme “After the printing”" in since_second


def test_what_is_only_in_the_draft_is_no_erratum(house: House) -> None:
    house.place(house.done("GET", "/sessions")["items"][0]["id"], starts=MONDAY_ONE)

    assert "What was printed is still right." in house.committee.see(f"{house.desk}/errata").text


def test_without_a_release_or_with_an_unknown_one_the_page_says_so(town: Scheduling, house: House) -> None:
    unreleased = begun(town)

    assert "Nothing was released yet" in unreleased.committee.see(f"{unreleased.desk}/errata").text
    assert "There is no release of this number." in house.committee.see(f"{house.desk}/errata?since=99").text


def test_errata_are_the_committees(house: House) -> None:
    assert house.visitor.see(f"{house.desk}/errata").status_code == 303
