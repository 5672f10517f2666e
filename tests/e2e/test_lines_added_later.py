"""A paid seat from the waitlist, as its owner meets it: the offer, the mail, the card, and "paid" everywhere."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.congress import Congress, lay_out, sell
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene

SEAT = "A-07 Records in a crisis"
STILL_TO_BE_PAID = {
    "fr": f"{SEAT} reste à payer",
    "nl": f"{SEAT} moet nog worden betaald",
}
AGENDA_UNPAID = {"fr": "Votre place, à payer", "nl": "Uw plaats, nog te betalen"}


@pytest.fixture
def congress(scene: Scene) -> Congress:
    """A programme whose Academy has one place, which somebody has."""
    made = lay_out(scene, scene.open_conference("Congress of the Late Comers"))
    sell(scene, made.conference, made.sessions, place_count=1, seen="2")
    scene.register(made.conference, "Bea Before", options=("a-07",))
    return made


def test_a_seat_from_the_waitlist_is_paid_by_the_mails_link_and_shows_as_paid_everywhere(
    scene: Scene, congress: Congress, visit: Callable[..., Page], looking: Looking
) -> None:
    cat = scene.register(congress.conference, "Cat Comelater")
    scene.pay(cat)
    page = visit()
    page.goto(cat["mine"])
    page.get_by_role("link", name="Open my agenda").click()
    agenda = page.url
    _find(page, "A-07").get_by_role("button", name="Join the waitlist").click()

    sell(scene, congress.conference, congress.sessions, place_count=2, seen="3")
    offer = page.get_by_role("button", name="Take the seat")
    scene.wait_until(lambda: _is_shown(page, agenda, offer.first.is_visible), missing="the offer of a seat")
    expect(
        page.get_by_text("The session costs $95.00. If you take the seat, it is added to your order")
    ).to_be_visible()
    assert looking.faults(page, name="seat-offered") == []
    offer.first.click()
    owed = page.get_by_text("Your seat, still to be paid")
    scene.wait_until(lambda: _is_shown(page, agenda, owed.first.is_visible), missing="the seat that is to be paid")
    assert looking.faults(page, name="agenda-to-pay") == []
    to_pay = page.get_by_role("link", name="Pay by card")
    scene.wait_until(lambda: _is_shown(page, cat["mine"], to_pay.is_visible), missing="the link to pay")
    expect(page.get_by_role("heading", name=f"{SEAT} is still to be paid")).to_be_visible()
    assert looking.faults(page, name="mine-to-pay") == []
    for language, said in STILL_TO_BE_PAID.items():
        page.goto(f"{cat['mine']}?lang={language}")
        expect(page.get_by_role("heading", name=said)).to_be_visible()
        page.goto(f"{agenda}?lang={language}")
        expect(page.get_by_text(AGENDA_UNPAID[language]).first).to_be_visible()
    page.goto(f"{cat['mine']}?lang=en")

    people.open_mail(page, scene, to="Cat Comelater", subject="$95.00 to pay")
    assert looking.faults(page, name="mail-to-pay") == []
    paying = people.follow_mail(page)
    expect(paying.get_by_role("heading", name="Pay $95.00 by card")).to_be_visible()
    expect(paying.get_by_text("Cat Comelater")).to_be_visible()
    assert looking.faults(paying, name="pay-addition") == []
    paying.get_by_role("button", name="Go to the payment page").click()
    people.pay(paying)
    expect(paying.get_by_text("$95.00 for invoice")).to_be_visible()
    assert looking.faults(paying, name="paid-addition") == []

    all_paid = page.get_by_role("heading", name="You are registered, and all is paid")
    scene.wait_until(lambda: _is_shown(page, cat["mine"], all_paid.is_visible), missing="that all is paid")
    assert looking.faults(page, name="mine-paid") == []
    seat = page.get_by_text("Your seat, paid", exact=True)
    scene.wait_until(lambda: _is_shown(page, agenda, seat.first.is_visible), missing="the seat that is paid")
    invoice = str(scene.caller.get(cat["mine"])["invoice"])
    finance = visit()
    address = f"{scene.town.payments}/payments/desk/orders?number={invoice}"
    people.sign_in(finance, address, scene.colleague(Role.FINANCE))
    finance.get_by_role("link", name=invoice).click()
    expect(finance.get_by_role("heading", name=f"Invoice {invoice}")).to_be_visible()
    expect(finance.get_by_text(re.compile("added on"))).to_be_visible()
    expect(finance.get_by_text("the payment page of this order")).to_have_count(0)
    assert looking.faults(finance, name="order-with-addition") == []


def test_the_desk_adds_something_and_its_owner_takes_it_off_again(
    scene: Scene, congress: Congress, visit: Callable[..., Page], looking: Looking
) -> None:
    dora = scene.register(congress.conference, "Dora Addington")
    scene.pay(dora)
    desk, own = visit(), visit()
    here = f"{scene.town.registration}/registration/desk/conferences/{congress.conference}"

    people.sign_in(desk, f"{here}/registrations/{dora['registration']}", scene.colleague(Role.COMMITTEE))
    expect(desk.get_by_role("heading", name="Dora Addington")).to_be_visible()
    assert looking.faults(desk, name="registration-add") == []
    desk.get_by_label("What is added").select_option(label="A-09 Public meetings by the book, $95.00, 20 places left")
    desk.get_by_role("button", name="Add it to the invoice").click()
    expect(desk.get_by_text("Added. Whoever pays is being sent what is owed")).to_be_visible()
    assert looking.faults(desk, name="registration-added") == []
    off = own.get_by_role("button", name="Take A-09 Public meetings by the book off again")
    scene.wait_until(lambda: _is_shown(own, dora["mine"], off.is_visible), missing="what was added")
    off.click()

    expect(own.get_by_role("heading", name="You are registered, and all is paid")).to_be_visible()
    expect(own.get_by_role("radio", name=re.compile("A-09"))).to_be_visible()
    assert looking.faults(own, name="mine-add") == []


def _find(page: Page, code: str) -> Locator:
    """All sessions of the days until one is shown."""
    page.get_by_role("link", name="All sessions").click()
    return page.get_by_role("listitem").filter(has_text=code).last


def _is_shown(page: Page, address: str, shown: Callable[[], bool]) -> bool:
    page.goto(address)
    return shown()
