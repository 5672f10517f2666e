"""What a line of text that somebody types may hold."""

import pytest
from marshmallow import ValidationError

from services.notifications.delivery import schemas as notifications
from services.scheduling.conferences import schemas as scheduling
from shared.lines import as_meant, what_is_wrong
from shared.sentences import written
from shared.web import shapes

FIELDS = {
    "notifications": notifications.Line(),
    "payments and registration": shapes.Line(),
    "scheduling": scheduling.Text(length_max=200),
}


@pytest.mark.parametrize("number", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_a_character_that_turns_the_direction_of_reading_is_refused(number: int) -> None:
    assert "reverses the direction of reading" in written(what_is_wrong(f"Dana {chr(number)}Whitfield"))


@pytest.mark.parametrize("text", ["Dana\x00", "Dana\x1b[2J", "\ud800"])
def test_what_cannot_be_written_is_refused(text: str) -> None:
    assert "can't be written" in written(what_is_wrong(text))


@pytest.mark.parametrize("text", ["Dana Whitfield", "דנה כהן", "محمد علی", "می‌خواهم", "\U0001f469‍\U0001f4bb"])
def test_names_of_every_script_are_fine(text: str) -> None:
    assert what_is_wrong(text) is None


@pytest.mark.parametrize("service", FIELDS)
@pytest.mark.parametrize(
    "pasted", ["Whit\u00adfield", "Whit\u200bfield", "\ufeffWhitfield", "Whitfield\u200e", "Whit\u200dfield"]
)
def test_what_comes_with_a_paste_and_nobody_sees_is_taken_out_of_every_services_lines(
    service: str, pasted: str
) -> None:
    assert FIELDS[service].deserialize(f"Dana {pasted}") == "Dana Whitfield"


@pytest.mark.parametrize("service", FIELDS)
def test_a_line_of_nothing_but_what_nobody_sees_is_empty(service: str) -> None:
    with pytest.raises(ValidationError, match=r"fill this in|1 to 254"):
        FIELDS[service].deserialize("\u00ad\u200b \u200d")


@pytest.mark.parametrize("service", FIELDS)
def test_a_refused_line_names_the_character_and_its_place(service: str) -> None:
    with pytest.raises(ValidationError, match=r"The character after “Dana ” \(U\+202E, RIGHT-TO-LEFT OVERRIDE\)"):
        FIELDS[service].deserialize("Dana \u202eWhitfield")
    with pytest.raises(ValidationError, match=r"The first character \(U\+0007, a control character\)"):
        FIELDS[service].deserialize("\u0007Dana")


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "\U0001f469‍\U0001f4bb", "❤️‍🔥"])
def test_joiners_stay_where_a_script_or_a_picture_needs_them(text: str) -> None:
    assert as_meant(text) == text
