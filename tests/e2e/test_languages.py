"""A clerk from Quebec registers, pays, and reads her mail and her own page in French; pages hold longer words."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene, mail_address


def test_a_clerk_registers_pays_and_reads_her_mail_and_her_page_in_french(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    title, name = "Congrès du Saint-Laurent", "Claire Tremblay"
    scene.open_conference(title)
    clerk, reader = visit(locale="fr-CA"), visit()

    clerk.goto(f"{scene.town.scheduling}/scheduling/")
    faults = looking.faults(clerk, name="french-conferences")
    clerk.get_by_role("link", name=title).click()
    faults += looking.faults(clerk, name="french-conference")
    clerk.get_by_role("link", name="S’inscrire").click()
    faults += looking.faults(clerk, name="french-register")
    _fills_in(clerk, name=name)
    faults += looking.faults(clerk, name="french-mine")
    clerk.get_by_role("link", name="Payer par carte").click()
    faults += looking.faults(clerk, name="french-pay")
    clerk.get_by_role("button", name="Aller à la page de paiement").click()
    clerk.get_by_role("button", name="Test card that works").click()
    expect(clerk.get_by_role("heading", name="Merci, votre paiement est arrivé")).to_be_visible()
    faults += looking.faults(clerk, name="french-paid")

    people.open_mail(reader, scene, to=name, subject="Vous êtes inscrit")
    own = people.follow_mail(reader)
    expect(own.get_by_role("heading", name="Vous êtes inscrit, et tout est payé")).to_be_visible()
    assert own.locator("html").get_attribute("lang") == "fr"
    assert faults == []


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_a_form_with_gaps_is_shown_again_in_the_language_that_was_chosen(
    scene: Scene, visit: Callable[..., Page], language: str
) -> None:
    conference = scene.open_conference(f"Languages {language}")
    page = visit(locale="de-DE", java_script_enabled=False)

    page.goto(f"{scene.town.registration}/registration/conferences/{conference}/register")
    page.get_by_role("link", name={"fr": "Français", "nl": "Nederlands"}[language]).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("main form button[type=submit]").last.click()

    expect(page.locator("#refusals")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.get_by_text("Please").count() == 0


def test_a_clerk_registers_colleagues_in_dutch_and_the_longer_words_stay_on_the_page(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    conference = scene.open_conference("Congres aan de Schelde")
    page = visit(locale="nl-BE")

    page.goto(f"{scene.town.registration}/registration/conferences/{conference}/register-together")
    page.get_by_role("button", name="Iedereen inschrijven").click()
    expect(page.locator("#refusals")).to_be_visible()
    faults = looking.faults(page, name="dutch-several-refused")
    for row, name in enumerate(("Els Peeters", "Jan Maes", "Mia Claes")):
        page.locator(f"#name-{row}").fill(name)
        page.locator(f"#email-{row}").fill(mail_address(name))
    page.locator("fieldset", has_text="Persoon 1").get_by_text("Gasten").click()
    page.locator("#guests-0").fill("Tom Peeters")
    page.get_by_label("Naam van de betaler").fill("Stad Dendermonde")
    page.get_by_label("E-mailadres voor de factuur").fill(mail_address("Stad Dendermonde"))
    page.get_by_role("radio", name=re.compile("^Overschrijving")).check()
    page.get_by_role("button", name="Iedereen inschrijven").click()
    expect(page.get_by_role("heading", name="3 personen op één bestelling")).to_be_visible()
    faults += looking.faults(page, name="dutch-order")

    assert faults == []


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_the_call_its_form_and_a_check_of_papers_hold_longer_words(
    scene: Scene, visit: Callable[..., Page], looking: Looking, language: str
) -> None:
    conference = scene.open_conference(f"Call in {language}")
    public = f"{scene.town.scheduling}/scheduling/conferences/{conference}/call"
    terms = {
        "opens": scene.today.isoformat(),
        "closes": (scene.today + timedelta(days=10)).isoformat(),
        "kinds": ["concurrent", "round_table"],
        "lengths": [45, 75],
        "intro": "…",
    }
    scene.caller.put(f"{public}/terms", terms, account=scene.town.committee, seen="0")
    page = visit(locale=language)

    faults = []
    for address, name in ((public, "call"), (f"{public}/propose", "propose"), (f"{public}/received", "received")):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", language)
        faults += looking.faults(page, name=f"{language}-{name}")
    page.goto(f"{public}/propose")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("#title-refused")).to_be_visible()
    faults += looking.faults(page, name=f"{language}-propose-refused")
    page.goto(f"{scene.town.scheduling}/scheduling/verify")
    faults += looking.faults(page, name=f"{language}-verify")

    assert faults == []


def _fills_in(page: Page, *, name: str) -> None:
    page.get_by_label("Nom complet").fill(name)
    page.get_by_label("Adresse électronique", exact=True).fill(mail_address(name))
    expect(page.get_by_label("Langue de nos messages")).to_have_value("fr")
    page.get_by_role("radio", name=re.compile("Member")).check()
    page.get_by_role("radio", name=re.compile("^Carte")).check()
    page.get_by_role("button", name="S’inscrire").click()
    expect(page.get_by_role("heading", name="Il reste une étape : le paiement")).to_be_visible()
