"""What `make cancel` refuses before anything starts, and where it takes its wishes from."""

from pathlib import Path

import pytest

from deploy.acceptance import cancel
from deploy.acceptance.story import load_story
from deploy.town.addresses import AddressesIncomplete, given_addresses

STORY = "deploy/stories/74th.toml"


@pytest.mark.parametrize("given", ["-1", "many", "1.5", "٣", "1000000"])
def test_a_senseless_number_of_kills_is_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cancel.main([STORY, f"--kills={given}"], {})

    assert ended.value.code == 2
    assert "is not a whole number from 0 to 999999; nothing was started" in capsys.readouterr().err


def test_a_story_that_is_missing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cancel.main([str(tmp_path / "none.toml")], {}) == 2
    assert "there is no such file. Nothing was started." in capsys.readouterr().err


def test_killing_a_database_from_outside_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"MONGO_URL": "mongodb://somewhere", "DATABASE_KILLS": "2"}

    assert cancel.main([STORY], environment) == 2
    assert "only what was started here is killed. Nothing was started." in capsys.readouterr().err


def test_half_a_town_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cancel.main([STORY], {"PAYMENTS_URL": "http://127.0.0.1:1"}) == 2
    assert "Set SCHEDULING_URL, REGISTRATION_URL, NOTIFICATIONS_URL" in capsys.readouterr().err


def test_wishes_come_from_the_environment_and_arguments_go_before_them() -> None:
    environment = {"STORY": STORY, "KILLS": "20", "DATABASE_KILLS": "2", "BROKER_KILLS": "1", "SEED": "7"}

    options = cancel._options(["--seed", "8"], environment)

    assert vars(options) == {
        "story": Path(STORY),
        "kills": 20,
        "database_kills": 2,
        "broker_kills": 1,
        "seed": 8,
    }


def test_a_larger_story_lifts_the_providers_rate_limit() -> None:
    stories = Path("deploy/stories")

    assert cancel._is_limited(load_story(stories / "74th.toml"))
    assert not cancel._is_limited(load_story(stories / "europe.toml"))


def test_a_whole_town_from_outside_is_taken_as_it_is() -> None:
    names = ("SCHEDULING", "REGISTRATION", "PAYMENTS", "NOTIFICATIONS", "PROVIDER", "MAILBOX")
    others = ("MONGO_URL", "DATABASE_PREFIX", "STRIPE_API_KEY", "COMMITTEE_PASSWORD", "FINANCE_PASSWORD")
    environment = {f"{name}_URL": f"http://{name.lower()}/" for name in names} | {name: name for name in others}

    addresses = given_addresses(environment)

    assert addresses is not None
    assert addresses.payments == "http://payments"
    assert addresses.finance == ("finance", "FINANCE_PASSWORD")
    assert given_addresses({"MONGO_URL": "mongodb://db"}) is None
    with pytest.raises(AddressesIncomplete, match="Set DATABASE_PREFIX too"):
        given_addresses({name: value for name, value in environment.items() if name != "DATABASE_PREFIX"})
