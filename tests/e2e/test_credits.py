"""A credit as its holder and finance meet it: found by the mail, spent on the next conference, or asked for."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene


def test_a_holder_registers_for_the_next_conference_and_pays_with_the_credit(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    name, following = "Kay Keeper", "Conference after the Keepers"
    _keeps_a_credit(scene, name, conference="Conference of the Keepers")
    scene.open_conference(following)
    holder = visit()

    people.open_mail(holder, scene, to=name, subject="Your credit of $575.00")
    found = people.follow_mail(holder)
    expect(found.get_by_role("heading", name="Your credit", exact=True)).to_be_visible()
    assert people.figure(found, "Available") == "$575.00"
    expect(found.get_by_text("You have no open invoice that your credit could pay")).to_be_visible()
    assert looking.faults(found, name="credit") == []
    people.register(holder, scene, conference=following, name=name)
    people.open_mail(holder, scene, to=name, subject="with your credit")
    own = people.follow_mail(holder)
    expect(own.get_by_role("heading", name=f"{following}: $575.00 to pay")).to_be_visible()
    assert looking.faults(own, name="credit-to-spend") == []
    own.get_by_role("button", name="Pay with my credit").click()

    expect(own.get_by_role("heading", name="Your credit has paid the invoice")).to_be_visible()
    expect(own.get_by_text("$0.00 due")).to_be_visible()
    assert people.figure(own, "Available") == "$0.00"
    assert looking.faults(own, name="credit-spent") == []
    people.open_mail(holder, scene, to=name, subject=f"You are registered: {following}")
    confirmed = people.follow_mail(holder)
    expect(confirmed.get_by_role("heading", name="You are registered, and all is paid")).to_be_visible()


def test_a_holder_asks_for_the_money_in_french_and_finance_sends_it(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    name = "Rae Returner"
    _keeps_a_credit(scene, name, conference="Conference of the Returners")
    holder, finance = visit(locale="fr-CA"), visit()

    people.open_mail(holder, scene, to=name, subject="Your credit of $575.00")
    own = people.follow_mail(holder)
    expect(own.get_by_role("heading", name="Votre avoir", exact=True)).to_be_visible()
    own.get_by_text("Je préfère recevoir l’argent").click()
    assert looking.faults(own, name="credit-french") == []
    own.get_by_role("button", name="Demander").click()
    expect(own.get_by_role("button", name="Le garder finalement comme avoir")).to_be_visible()
    assert looking.faults(own, name="credit-asked") == []
    people.sign_in(finance, f"{scene.town.payments}/payments/desk", scene.colleague(Role.FINANCE))
    finance.get_by_role("link", name="Approve it").click()
    expect(finance.get_by_role("heading", name="Credits")).to_be_visible()
    assert looking.faults(finance, name="credits-desk") == []
    finance.get_by_role("link", name="Approve").first.click()
    assert looking.faults(finance, name="credit-desk") == []
    finance.get_by_role("button", name="Approve, and pay $575.00 back").click()

    expect(finance.get_by_text("$575.00 goes back the way it had come.")).to_be_visible()
    assert looking.faults(finance, name="credit-desk-paid") == []
    expect(finance.get_by_role("heading", name="What was paid out")).to_be_visible()
    people.open_mail(holder, scene, to=name, subject="is paid out to you")


def _keeps_a_credit(scene: Scene, name: str, *, conference: str) -> None:
    """Somebody paid, the conference was cancelled, and they keep the money."""
    known = scene.open_conference(conference)
    registered = scene.register(known, name)
    scene.pay(registered)
    scene.cancel(known, choose_by=scene.today)
    scene.choose(registered["mine"], "credit")
    scene.pass_days(1)
