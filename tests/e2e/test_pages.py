"""Every page that a person meets fits a telephone and a desk, and breaks none of the rules for accessible pages."""

import secrets
from collections.abc import Callable
from functools import cache

import pytest
from playwright.sync_api import Browser, Page

from shared.principals import Role
from tests.e2e import people
from tests.e2e.congress import Congress, cancel_academy, lay_out
from tests.e2e.looking import Looking
from tests.e2e.places import PLACES, Fair, Town, Visitor
from tests.e2e.scene import Cancelled, Scene


@pytest.fixture(scope="module")
def town(scene: Scene, symposium: Cancelled) -> Town:
    conference = scene.open_conference("Autumn Fair of Ideas")
    paid, unpaid = (scene.register(conference, name) for name in ("Paula Paid", "Umberto Unpaid"))
    scene.pay(paid)
    caller = scene.caller
    session = caller.until_known(
        lambda: caller.post(unpaid["pay"], key=secrets.token_hex(8)), missing="payments' word of a new order"
    )
    fair = Fair(
        conference=conference,
        person=str(paid["person"]),
        mine_paid=paid["mine"],
        mine_unpaid=unpaid["mine"],
        pay=unpaid["pay"],
        pay_paid=paid["pay"],
        provider=session["url"],
    )
    return Town(scene, symposium, fair, *_congress(scene))


def _congress(scene: Scene) -> tuple[Congress, str]:
    """A congress with a programme, of which a session is cancelled for which somebody has paid; and their page."""
    congress = lay_out(scene, scene.open_conference("Congress of Small Programmes"))
    buyer = scene.register(congress.conference, "Bea Buyer", options=("a-07",))
    scene.pay(buyer)
    cancel_academy(scene, congress, mine=buyer["mine"])
    return congress, str(buyer["mine"])


@pytest.fixture(scope="module")
def page_of(chromium: Browser, scene: Scene) -> Callable[[Visitor], Page]:
    """The browser of a visitor, who signs in once."""

    @cache
    def sit_down(visitor: Visitor) -> Page:
        page = chromium.new_context().new_page()
        match visitor:
            case Visitor.ANYBODY:
                pass
            case Visitor.COMMITTEE:
                people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.COMMITTEE))
            case Visitor.FINANCE:
                people.sign_in(page, f"{scene.town.payments}/payments/desk", scene.colleague(Role.FINANCE))
        return page

    return sit_down


@pytest.mark.parametrize("name", PLACES)
def test_everybody_can_use_the_page(
    name: str, town: Town, page_of: Callable[[Visitor], Page], looking: Looking
) -> None:
    place = PLACES[name]
    page = page_of(place.visitor)
    answer = page.goto(place.address(town))

    place.act(page)

    assert answer is not None
    assert answer.status == place.status
    assert page.get_by_role("heading", name="Our mistake").count() == 0
    assert [address for address in town.scene.town.services.values() if address in page.content()] == [], (
        "nobody is led past the front door"
    )
    assert looking.faults(page, name=name) == []
