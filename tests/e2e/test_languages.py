"""A clerk from Quebec registers, pays, and reads her mail and her own page in French; pages hold longer words."""

import re
from collections.abc import Callable

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


def _fills_in(page: Page, *, name: str) -> None:
    page.get_by_label("Nom complet").fill(name)
    page.get_by_label("Adresse électronique", exact=True).fill(mail_address(name))
    expect(page.get_by_label("Langue de nos messages")).to_have_value("fr")
    page.get_by_role("radio", name=re.compile("Member")).check()
    page.get_by_role("radio", name=re.compile("^Carte")).check()
    page.get_by_role("button", name="S’inscrire").click()
    expect(page.get_by_role("heading", name="Il reste une étape : le paiement")).to_be_visible()
