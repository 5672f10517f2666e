"""A town registers several people on one form, and reads what it ordered in its own language."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.auth import sign
from shared.contracts.registration import OrderPlaced, PayerIntroduced, PersonRegistered
from tests.integration.registration_house import House, house, offered
from tests.namespaces import Namespace
from tests.town import COMMITTEE

FORM = "/registration/conferences/74th/register-together"
FRENCH = {"Accept": "text/html", "Accept-Language": "fr-CA,fr;q=0.9"}
DUTCH = {"Accept": "text/html", "Accept-Language": "nl-BE,nl;q=0.9"}
ENGLISH = {"Accept": "text/html", "Accept-Language": "en-US"}
BANQUET = {"key": "banquet", "label": "Banquet", "amount_minor": 8500, "place_count": 10}
TOWN = {
    "name": "Ville de Lévis",
    "email": "comptes@levis.example",
    "postal_address": "2175, chemin du Fleuve\nLévis QC",
    "language": "fr",
    "tender": "cheque",
    "name-0": "Claire Tremblay",
    "email-0": "claire@levis.example",
    "category-0": "delegate",
    "name-2": "Luc Gagnon",
    "email-2": "",
    "category-2": "delegate",
}


@pytest.fixture(scope="module")
def one_house(module_namespace: Namespace) -> Iterator[House]:
    """The service with a database of its own, for all tests of this module."""
    with house(module_namespace) as made:
        yield made


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, with a banquet."""
    one_house.forget()
    one_house.open_conference(options=[BANQUET])
    return one_house


def visitor(town: House) -> FlaskClient:
    """Somebody's browser, with no cookies yet."""
    return town.parts.web.test_client()


def ordered(town: House, **changed: Any) -> str:
    """The address of the payer's page of an order that was placed by the form."""
    sent = visitor(town).post(FORM, data=TOWN | {"idempotency_key": "once"} | changed, headers=FRENCH)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def test_everybody_on_the_form_has_their_guests_and_options_and_all_are_on_one_order(town: House) -> None:
    page = ordered(town, **{"guests-0": "Paul Tremblay\n\nAnne Tremblay", "options-2": "banquet"})

    (order,) = town.said(OrderPlaced)
    assert [(each.kind, each.amount_minor) for each in order.lines] == [
        ("fee", 57500),
        ("guest", 25000),
        ("guest", 25000),
        ("fee", 57500),
        ("option", 8500),
    ]
    assert "1\xa0735,00\xa0$US pour toute la commande" in visitor(town).get(page, headers=ENGLISH).text.replace(
        "\u202f", "\xa0"
    )


@pytest.mark.parametrize(
    ("headers", "limit", "by_program"),
    [
        (ENGLISH, "This form takes up to 40 people.", "an order for up to 200 people"),
        (FRENCH, "Ce formulaire accepte jusqu’à 40 personnes.", "une commande pour 200 personnes au plus"),
        (DUTCH, "Op dit formulier passen hooguit 40 personen.", "een bestelling plaatsen voor hooguit 200 personen"),
    ],
)
def test_the_form_says_how_many_it_takes_and_when_it_is_full_how_more_are_registered(
    town: House, headers: dict[str, str], limit: str, by_program: str
) -> None:
    first = visitor(town).get(FORM, headers=headers).text
    full = visitor(town).post(FORM, data=TOWN | {"name-38": "Zoé Roy", "more": "yes"}, headers=headers).text

    assert (limit in first, by_program in first) == (True, False)
    assert (limit in full, by_program in full) == (True, True)
    (described,) = re.findall(r'href="([^"]+openapi\.json)"', full)
    assert "/registration/orders" in visitor(town).get(described).get_json()["paths"]
    assert 'name="name-39"' in full
    assert 'name="more"' not in full


def test_an_option_that_is_not_there_is_refused_and_everything_typed_is_kept(town: House) -> None:
    typed = TOWN | {"idempotency_key": "once", "options-2": "excursion", "guests-0": "Paul Tremblay"}

    refused = visitor(town).post(FORM, data=typed, headers=FRENCH)

    assert refused.status_code == 422
    assert "Il n’y a pas d’option «\u00a0excursion\u00a0»" in refused.text
    assert ">Paul Tremblay</textarea>" in refused.text
    assert town.said(OrderPlaced) == []


def test_a_guest_without_a_name_is_said_beside_the_line_it_is_typed_into(town: House) -> None:
    refused = visitor(town).post(FORM, data=TOWN | {"guests-2": "—" * 201}, headers=DUTCH)

    assert refused.status_code == 422
    assert '<a href="#guests-2">Persoon 3, gasten</a>: Schrijf hooguit 200 tekens.' in refused.text
    assert "<details open>" in refused.text


def test_the_form_s_language_is_that_of_the_payer_and_of_everybody_on_it(town: House) -> None:
    ordered(town)

    assert [each.language for each in town.said(PayerIntroduced)] == ["fr"]
    assert [each.language for each in town.said(PersonRegistered)] == ["fr", "fr"]


def test_without_a_choice_the_form_s_own_language_counts(town: House) -> None:
    ordered(town, language="")

    assert [each.language for each in town.said(PayerIntroduced)] == ["fr"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (FRENCH, ["Personne n’est encore inscrit et rien n’a été débité.", "Personne 1, adresse électronique</a>"]),
        (DUTCH, ["Er is nog niemand ingeschreven en niets afgeschreven.", "Persoon 1, e-mailadres</a>"]),
    ],
)
def test_what_is_missing_is_said_in_the_language_of_the_form(
    town: House, headers: dict[str, str], said: list[str]
) -> None:
    refused = visitor(town).post(FORM, data=TOWN | {"email-0": "claire", "tender": ""}, headers=headers)

    assert refused.status_code == 422
    assert [each for each in said if each not in refused.text] == []
    assert "Please" not in refused.text


def test_who_is_named_twice_or_registered_already_is_named_in_dutch_and_nobody_is_registered(town: House) -> None:
    twice = visitor(town).post(
        FORM,
        data=TOWN | {"idempotency_key": "twice", "name-2": "Claire Tremblay", "email-2": "claire@levis.example"},
        headers=DUTCH,
    )
    ordered(town)
    again = visitor(town).post(FORM, data=TOWN | {"idempotency_key": "again"}, headers=DUTCH)

    assert "<h2>Iemand staat er twee keer op</h2>" in twice.text
    assert "Claire Tremblay staat er twee keer op met hetzelfde e-mailadres." in twice.text
    assert "Claire Tremblay is al voor dit congres ingeschreven." in again.text
    assert len(town.said(OrderPlaced)) == 1


def test_the_payer_decides_in_their_own_language_whatever_the_browser(town: House) -> None:
    page = ordered(town)
    town.cancel()
    town.run_jobs()
    orders = town.database.mongo["orders"]
    (lead,) = (each["lead"] for each in orders.find({"lead": {"$ne": ""}}))
    town.hear(offered(town.registration(lead)))

    shown = visitor(town).get(page, headers=ENGLISH).text
    refused = visitor(town).post(f"{page}/choice", data={"choice": "gold"}, headers=ENGLISH)
    chosen = visitor(town).post(f"{page}/choice", data={"choice": "credit"}, headers=ENGLISH)

    assert "2 personnes sur une commande" in shown
    assert "Vous choisissez pour toutes les personnes de cette commande." in shown
    assert "«\u00a0gold\u00a0» n’est pas proposé ici." in refused.text
    assert chosen.status_code == 303
    assert "Vous avez choisi un avoir" in visitor(town).get(page, headers=ENGLISH).text


def test_a_link_to_no_order_is_refused_in_the_reader_s_language(town: House) -> None:
    token = sign(town.parts.settings, purpose="several", id_="ord_none")

    refused = visitor(town).get(f"/registration/orders/{token}", headers=DUTCH)

    assert refused.status_code == 404
    assert "Onder deze link is geen bestelling meer te vinden." in refused.text


def test_the_form_says_what_is_kept_of_each_of_them_when_somebody_leaves_or_the_organiser_cancels(town: House) -> None:
    before = visitor(town).get(FORM, headers=ENGLISH).text

    saved = town.client.post(
        "/registration/desk/conferences/74th/terms",
        data={"organiser_cancels_fee": "75", "leave_fee": "50"},
        auth=COMMITTEE,
        headers=ENGLISH,
    )
    after = visitor(town).get(FORM, headers=ENGLISH).text

    assert saved.status_code == 303
    assert "before the conference, at your wish or theirs" not in before
    assert "at your wish or theirs, $50.00 of what you paid for them is kept" in after
    assert "If the organiser cancels, $75.00 of each paid registration is kept" in after
