"""A clerk registers and reads her own page in her language; programs and desks go on in English."""

from typing import Any

from flask.testing import FlaskClient

from shared.contracts.registration import PersonRegistered
from tests.integration.registration_house import House, offered
from tests.town import COMMITTEE

REGISTER = "/registration/conferences/74th/register"
FRENCH = {"Accept": "text/html", "Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}
ENGLISH = {"Accept": "text/html", "Accept-Language": "en-US"}
CLAIRE = {
    "name": "Claire Tremblay",
    "email": "greffe@sainte-foy.example",
    "language": "fr",
    "category": "delegate",
    "tender": "cheque",
}


def visitor(town: House) -> FlaskClient:
    """Somebody's browser, with no cookies yet."""
    return town.parts.web.test_client()


def registered(town: House, **changed: Any) -> str:
    """The address of the page of somebody who has filled in the form."""
    sent = visitor(town).post(REGISTER, data=CLAIRE | changed, headers=FRENCH)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def test_the_form_is_in_the_browser_s_language_and_proposes_it_for_messages(town: House) -> None:
    form = visitor(town).get(REGISTER, headers=FRENCH).text

    assert '<html lang="fr">' in form
    assert "St. Louis, du dimanche 17 mai 2020 au mercredi 20 mai 2020." in form
    assert "575,00\xa0$US" in form
    assert '<option value="fr" lang="fr" selected>Français</option>' in form
    assert "75,00\xa0$US sont retenus sur chaque inscription payée" in form


def test_what_is_missing_is_said_in_the_language_of_the_form(town: House) -> None:
    refused = visitor(town).post(REGISTER, data=CLAIRE | {"email": "greffe", "category": ""}, headers=FRENCH)

    assert refused.status_code == 422
    assert "Vous n’êtes pas encore inscrit et rien n’a été débité." in refused.text
    assert "Ce n’est pas une adresse électronique." in refused.text
    assert '<a href="#category">Vous vous inscrivez comme</a>: Veuillez choisir.' in refused.text


def test_a_refusal_is_said_in_the_reader_s_language_with_its_facts(town: House) -> None:
    town.cancel()

    refused = visitor(town).post(REGISTER, data=CLAIRE, headers=FRENCH)

    assert refused.status_code == 409
    assert "<h2>Les inscriptions sont fermées</h2>" in refused.text
    assert (
        "<p>74th Annual Conference est annulé. Vous n’avez pas été inscrit et rien n’a été débité.</p>" in refused.text
    )


def test_who_registers_in_french_is_written_to_and_answered_in_french_whatever_the_browser(town: House) -> None:
    page = visitor(town).get(registered(town), headers=ENGLISH).text

    assert [each.language for each in town.said(PersonRegistered)] == ["fr"]
    assert '<html lang="fr">' in page
    assert "Votre inscription est confirmée à réception de votre chèque de 575,00\xa0$US." in page
    assert "/scheduling/agenda/" in page
    assert '?lang=fr">Ouvrir mon agenda' in page


def test_the_form_s_language_is_kept_where_none_is_chosen_and_another_one_is_refused(town: House) -> None:
    sent = visitor(town).post(REGISTER, data={**CLAIRE, "language": ""}, headers=FRENCH)
    other = visitor(town).post(REGISTER, data=CLAIRE | {"language": "xx; --"}, headers=FRENCH)

    assert sent.status_code == 303
    assert [each.language for each in town.said(PersonRegistered)] == ["fr"]
    assert other.status_code == 422


def test_one_click_shows_one_s_own_page_in_another_language_and_the_next_pages_too(town: House) -> None:
    address, browser = registered(town), visitor(town)

    dutch = browser.get(f"{address}?lang=nl", headers=ENGLISH).text

    assert '<html lang="nl">' in dutch
    assert "Uw inschrijving is bevestigd zodra uw cheque van US$\xa0575,00 binnen is." in dutch
    assert '<html lang="nl">' in browser.get(REGISTER, headers=ENGLISH).text


def test_the_choice_after_a_cancellation_is_offered_and_refused_in_french(town: House) -> None:
    address = registered(town)
    (registration,) = (each["_id"] for each in town.database.mongo["registrations"].find())
    town.cancel()
    town.run_jobs()
    town.hear(offered(town.registration(registration)))

    page = visitor(town).get(address, headers=ENGLISH).text
    refused = visitor(town).post(f"{address}/choice", data={"choice": "gold"}, headers=ENGLISH)

    assert "Que devons-nous faire de 500,00\xa0$US\xa0?" in page
    assert "avant le <strong>jeudi 30 avril 2020 à 23:59 (heure du Centre)</strong>" in page
    assert refused.status_code == 422
    assert "«\xa0gold\xa0» n’est pas proposé ici. Rien n’a été modifié" in refused.text


def test_programs_and_desks_are_answered_in_english(town: House) -> None:
    desk = visitor(town).get("/registration/desk", headers=FRENCH, auth=COMMITTEE)
    town.cancel()
    answer = town.post()

    assert '<html lang="en">' in desk.text
    assert 'class="languages"' not in desk.text
    assert answer.json["title"] == "Registration is closed"
    assert answer.json["detail"] == (
        "74th Annual Conference has been cancelled. You were not registered, and nothing was charged."
    )
