"""Which guards are taken out: those that are asked for, without those that were proven before."""

import pytest

from tests.sabotage import GUARDS, ROOT, Guard, wanted

HOUSE = Guard("no stranger in the house", (), "tests/a.py::test_a")
GARDEN = Guard("no stranger in the garden", (), "tests/a.py::test_b")
CELLAR = Guard("no water in the cellar", (), "tests/a.py::test_c")


def test_without_a_word_every_guard_is_taken_out() -> None:
    assert wanted(GUARDS, words="", proven=[]) == list(GUARDS)


def test_a_guard_is_found_by_words_of_its_name() -> None:
    assert wanted([HOUSE, GARDEN, CELLAR], words="no stranger", proven=[]) == [HOUSE, GARDEN]


def test_what_was_proven_before_is_not_taken_out_again() -> None:
    assert wanted([HOUSE, GARDEN, CELLAR], words="", proven=[HOUSE.name]) == [GARDEN, CELLAR]


def test_no_two_guards_have_one_name() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_is_where_it_is_said_to_be_and_so_is_its_test(guard: Guard) -> None:
    found = [(ROOT / each.path).read_text().count(each.guarded) for each in guard.edits]
    file, *test = guard.test.partition("[")[0].split("::")
    text = (ROOT / file).read_text()

    assert found == [1] * len(guard.edits)
    assert all(f"def {name}(" in text for name in test)
