"""Gloria of the board awards 2025 to the city whose edition was cancelled, as she does it, and as everyone reads it."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import Page, expect

from deploy.demo import associations
from deploy.town.inviting import invite
from shared.associations import FIRST
from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import COLLEAGUES_PASSWORD, PATIENCE_SECONDS, Scene, mail_address

HOSTS = {2021: "Grand Rapids", 2022: "Little Rock", 2023: "Minneapolis", 2024: "Calgary"}
RESOLVED = "Resolved, that the 79th Annual Conference is held in St. Louis in 2025."
SECONDS_MAX = 600  # it looks at nine pages, each at two widths
TOM = (mail_address("Thomas Becker"), COLLEAGUES_PASSWORD)


@dataclass(frozen=True)
class Congress:
    """A series whose edition of 2020 was cancelled in St. Louis, and whose years until 2024 have hosts."""

    key: str
    cancelled: str


@pytest.fixture(scope="module")
def congress(scene: Scene) -> Congress:
    """The congress after the cancellation, with Tom on its committee."""
    link = invite(scene.wiring, mail=TOM[0], name="Thomas Becker", role=Role.COMMITTEE, association=FIRST)
    form = {"password": TOM[1], "repeated": TOM[1]}
    requests.post(link, data=form, timeout=PATIENCE_SECONDS).raise_for_status()
    cancelled = scene.open_conference("74th Annual Conference")
    key = f"congress-{secrets.token_hex(4)}"
    series = f"{scene.town.scheduling}/scheduling/series"
    post(scene, series, {"key": key, "title": "Annual Conference", "first_year": 1947})
    post(scene, f"{series}/{key}/conferences", {"conference": cancelled})
    for year, city in HOSTS.items():
        post(scene, f"{series}/{key}/hosts", {"city": city, "year": year})
    post(scene, f"{series}/{key}/bids", {"city": "St. Louis", "year": 2025})
    scene.cancel(cancelled, choose_by=scene.today + timedelta(days=21))
    return Congress(key, cancelled)


def post(scene: Scene, address: str, body: dict[str, object]) -> None:
    """The committee says something by its key."""
    scene.caller.post(address, body, key=secrets.token_hex(8), account=scene.town.committee)


def fill_in(page: Page, *, year: str) -> None:
    """What the board has resolved, as Gloria has it in the minutes."""
    for label, text in {
        "City": "St. Louis",
        "Year": year,
        "Text of the decision": RESOLVED,
        "Members present": "22",
        "Votes for": "19",
        "Votes against": "1",
    }.items():
        page.get_by_label(label, exact=True).fill(text)


@pytest.mark.timeout(SECONDS_MAX)
def test_gloria_awards_2025_to_st_louis_and_is_refused_2023(
    scene: Scene, congress: Congress, visit: Callable[..., Page], looking: Looking
) -> None:
    gloria, faults = visit(), {}
    people.sign_in(gloria, f"{scene.front}/scheduling/desk", scene.colleague(Role.BOARD))
    gloria.get_by_role("link", name="Series: who hosts which year").click()
    faults["list"] = looking.faults(gloria, name="series-list")
    gloria.locator(f"a[href$='/series/{congress.key}']").click()
    expect(gloria.get_by_role("main")).to_contain_text("The first year without a host is 2025.")
    faults["desk"] = looking.faults(gloria, name="series-desk")

    gloria.get_by_role("link", name="Record the award of a year").click()
    expect(gloria.get_by_label("Year", exact=True)).to_have_value("2025")
    expect(gloria.get_by_role("main")).to_contain_text("St. Louis, for 2025")
    faults["form"] = looking.faults(gloria, name="series-award")
    fill_in(gloria, year="2023")
    gloria.get_by_label("Day of the meeting").fill(scene.today.isoformat())
    gloria.get_by_role("button", name="Record the award").click()
    expect(gloria.get_by_role("alert")).to_contain_text(
        "2023 has a host: Minneapolis. Nothing was changed; the first year without a host is 2025."
    )
    faults["refused"] = looking.faults(gloria, name="series-refused")

    gloria.get_by_label("Year", exact=True).fill("2025")
    gloria.get_by_role("button", name="Record the award").click()

    expect(gloria.get_by_role("heading", level=1)).to_have_text("79th Annual Conference")
    expect(gloria.get_by_role("status").first).to_contain_text("2025 is awarded to St. Louis.")
    expect(gloria.get_by_role("main")).to_contain_text("proposed only: nobody has confirmed them yet")
    faults["edition"] = looking.faults(gloria, name="series-edition")
    everyone = visit()
    everyone.goto(f"{scene.front}/scheduling/series/{congress.key}/page")
    expect(everyone.get_by_role("heading", name="2025 goes to St. Louis")).to_be_visible()
    expect(everyone.get_by_role("main")).to_contain_text(RESOLVED)
    faults["public"] = looking.faults(everyone, name="series-public")
    people.open_mail(everyone, scene, to="Thomas Becker", subject="Will you serve on the host committee again?")

    assert not {page: found for page, found in faults.items() if found}


@pytest.mark.timeout(SECONDS_MAX)
@pytest.mark.usefixtures("congress")
def test_the_committee_says_an_announced_conference_in_other_words_and_everyone_reads_them(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    title = f"Fair of Old Deeds {secrets.token_hex(3)}"
    conference = scene.open_conference(title)
    tom, everyone = visit(), visit()
    people.sign_in(tom, f"{scene.front}/scheduling/desk/conferences/{conference}", TOM)

    tom.get_by_role("link", name="Change title, venue or text").click()
    faults = looking.faults(tom, name="words-form")
    tom.get_by_label("Title").fill(f"{title}, and new ones")
    tom.get_by_label("Venue").fill("America’s Center")
    tom.get_by_label("Text").fill("Bring your oldest deed.")
    tom.get_by_role("button", name="Save it").click()

    expect(tom.get_by_role("main")).to_contain_text(re.compile(r"Last changed\s*by Thomas Becker"))
    everyone.goto(f"{scene.front}/scheduling/conferences/{conference}/page")
    expect(everyone.get_by_role("main")).to_contain_text("America’s Center")
    expect(everyone.get_by_role("main")).to_contain_text("Bring your oldest deed.")
    faults += looking.faults(everyone, name="words-public")
    registering = f"{scene.town.registration}/registration/conferences/{conference}"
    scene.wait_until(
        lambda: scene.caller.get(registering)["title"] == f"{title}, and new ones", missing="the new title there"
    )
    assert faults == []


@pytest.mark.timeout(SECONDS_MAX)
def test_the_demos_four_associations_have_their_series_and_begin_them_once(scene: Scene) -> None:
    for _ in range(2):  # a load that was interrupted is taken up again
        associations.begin_series(addresses=scene.town, caller=scene.caller)
        associations.announce(addresses=scene.town, caller=scene.caller, say=lambda _: None)

    items = scene.caller.get(f"{scene.town.scheduling}/scheduling/series", account=scene.town.committee)["items"]
    known = {each["key"]: (each["association"], [edition["year"] for edition in each["editions"]]) for each in items}
    assert {key: known[key] for kinds in associations.SERIES.values() for key, *_ in kinds} == {
        "congress": ("iimc", [2021, 2022, 2023, 2024]),
        "symposium": ("iimc", []),
        "managers-annual": ("icma", [2024, 2025]),
        "summer": ("ilcma", [2024, 2025]),
        "winter": ("ilcma", [2025]),
        "ontario-forum": ("amcto", [2024, 2025]),
    }
