"""What a line of text that somebody types may hold."""

import pytest

from shared.lines import what_is_wrong


@pytest.mark.parametrize("number", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_a_character_that_turns_the_direction_of_reading_is_refused(number: int) -> None:
    assert "turns the direction of reading" in what_is_wrong(f"Dana {chr(number)}Whitfield")


@pytest.mark.parametrize("text", ["Dana\x00", "Dana\x1b[2J", "\ud800"])
def test_what_cannot_be_written_is_refused(text: str) -> None:
    assert "can't be written" in what_is_wrong(text)


@pytest.mark.parametrize("text", ["Dana Whitfield", "דנה כהן", "محمد علی", "می‌خواهم", "\U0001f469‍\U0001f4bb"])
def test_names_of_every_script_are_fine(text: str) -> None:
    assert what_is_wrong(text) == ""
