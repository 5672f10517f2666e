"""What others changed meanwhile is said from its facts, whatever signs are in them."""

from datetime import UTC, datetime

from services.scheduling.programme.domain.programme import Edit, meanwhile, told_meanwhile
from shared.sentences import written

AT = datetime(2020, 4, 9, tzinfo=UTC)


def test_an_edit_with_a_percent_sign_is_said_as_it_is() -> None:
    edits = (Edit(by="Helen", at=AT, what="its title is “100% paper”"), Edit(by="", at=AT, what="it is new"))

    assert meanwhile(edits) == "Meanwhile Helen changed it: its title is “100% paper”;  changed it: it is new."


def test_what_is_known_of_an_edit_is_translated_and_the_rest_stays() -> None:
    dutch = {"Meanwhile %(changes)s.": "Intussen: %(changes)s.", "the speaker": "de spreker"}

    told = told_meanwhile((Edit(by="the speaker", at=AT, what="its level is 2"),))

    assert written(told, translated=lambda each: dutch.get(each, each)) == (
        "Intussen: de spreker changed it: its level is 2."
    )
