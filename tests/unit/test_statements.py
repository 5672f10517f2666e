"""What says who is signed in is signed by a key that has an id, so that keys can be changed while people work."""

from datetime import UTC, datetime

import pytest

from shared import statements
from shared.principals import Held, Principal, Role
from shared.settings import SettingMissing, Settings
from shared.statements import LIFETIME, RENEWED_AFTER, Statement

pytestmark = pytest.mark.unit

AT = datetime(2025, 2, 20, 9, tzinfo=UTC)
ANA = Principal(
    person="acc_ana",
    name="Ana Lima",
    association="iimc",
    roles=frozenset({Held(Role.FINANCE), Held(Role.BOARD, "79th")}),
)
SAID = Statement(session="s1", principal=ANA, made_at=AT)


def with_keys(keys: str, *, installation: str = "of the tests") -> Settings:
    given = {"MONGO_URL": "x", "KAFKA_BOOTSTRAP_SERVERS": "x", "SECRET_KEY": installation, "SESSION_KEYS": keys}
    return Settings.from_environment("payments", given)


def test_what_was_written_is_read_with_all_that_it_says() -> None:
    assert statements.read(with_keys(""), statements.write(with_keys(""), SAID)) == SAID


def test_keys_are_changed_while_people_work() -> None:
    may, both, june = with_keys("may:one"), with_keys("june:two,may:one"), with_keys("june:two")
    old, new = statements.write(may, SAID), statements.write(both, SAID)

    assert (old.partition(".")[0], new.partition(".")[0]) == ("may", "june")
    assert [statements.read(each, old) for each in (may, both, june)] == [SAID, SAID, None]
    assert [statements.read(each, new) for each in (may, both, june)] == [None, SAID, SAID]


@pytest.mark.parametrize("text", ["", ".", "0.", "0.x.y", "june.x", "x" * 5000])
def test_what_nobody_signed_says_nothing(text: str) -> None:
    assert statements.read(with_keys(""), text) is None


def test_another_installation_s_word_is_not_believed() -> None:
    assert statements.read(with_keys("", installation="another"), statements.write(with_keys(""), SAID)) is None


def test_it_ages_after_five_minutes_and_is_over_after_ten() -> None:
    assert [SAID.is_ageing(AT + RENEWED_AFTER), SAID.is_over(AT + RENEWED_AFTER)] == [True, False]
    assert [SAID.is_over(AT + LIFETIME), SAID.is_ageing(AT)] == [True, False]


@pytest.mark.parametrize("keys", ["one", "a:", ":x", "a b:x", "a:x,b"])
def test_keys_without_an_id_or_a_secret_are_refused_at_start(keys: str) -> None:
    with pytest.raises(SettingMissing, match="SESSION_KEYS must be"):
        statements.key_ids(with_keys(keys))
