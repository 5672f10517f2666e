"""A payer reads what is owed, that it has arrived, and why not, in their language."""

from shared.auth import sign
from tests.integration.payments_house import House

FRENCH = {"Accept": "text/html", "Accept-Language": "fr-CA,fr;q=0.9"}
ENGLISH = {"Accept": "text/html", "Accept-Language": "en-US"}


def pay_page(payments: House, order: str) -> str:
    """Where an order is paid."""
    return f"/payments/pay/{sign(payments.parts.settings, purpose='order', id_=order)}"


def test_the_page_on_which_one_pays_is_in_the_browser_s_language(payments: House) -> None:
    order = payments.submit("card")

    page = payments.parts.web.test_client().get(pay_page(payments, order), headers=FRENCH).text

    assert '<html lang="fr">' in page
    assert "<h1>Payer 575,00\xa0$US par carte</h1>" in page
    assert "Aller à la page de paiement" in page


def test_a_link_from_one_s_own_page_says_the_language_and_the_next_page_keeps_it(payments: House) -> None:
    browser, address = payments.parts.web.test_client(), pay_page(payments, payments.submit("card"))

    assert '<html lang="nl">' in browser.get(f"{address}?lang=nl", headers=ENGLISH).text
    back = browser.get(address.replace("/pay/", "/paid/"), headers=ENGLISH).text

    assert "<h1>Uw betaling wordt bevestigd</h1>" in back


def test_why_nothing_can_be_paid_any_more_is_said_in_the_payer_s_language_and_to_programs_in_english(
    payments: House,
) -> None:
    order = payments.submit("card")
    payments.cancel(order)
    address, browser = pay_page(payments, order), payments.parts.web.test_client()

    refused, program = browser.post(address, headers=FRENCH), browser.post(address)

    assert "<h1>Cette commande est close</h1>" in refused.text
    assert "Ce congrès est annulé\u00a0: il n’y a rien à payer. Votre carte n’a pas été débitée." in refused.text
    assert program.json is not None
    assert program.json["detail"] == (
        "This conference was cancelled, so there is nothing to pay. Your card was not charged."
    )
