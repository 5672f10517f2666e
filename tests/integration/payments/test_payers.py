"""Who pays is shown as they are called now, beside what they owe; what was issued stays."""

from services.payments.payers.domain import Payer
from services.payments.payers.store import payers_of
from shared.auth import sign
from shared.contracts.payments import InvoiceIssued
from shared.contracts.registration import ContactChanged, PayerIntroduced, PersonErased, PersonRegistered
from tests.integration.payments_house import HTML, House

ADDRESS = ("1 Main Street", "Millbrook")


def order_page(payments: House, order: str) -> str:
    """Finance's page of an order, in one line."""
    return " ".join(payments.page(f"/payments/desk/orders/{order}").split())


def pay_page(payments: House, order: str, *, language: str = "en") -> str:
    """The page on which its payer pays."""
    token = sign(payments.parts.settings, purpose="order", id_=order)
    return str(payments.parts.web.test_client().get(f"/payments/pay/{token}?lang={language}", headers=HTML).text)


def test_an_order_names_its_payer_as_they_are_called_now_and_its_invoice_stays(payments: House) -> None:
    order = payments.order(payments.submit())
    payments.hear(
        PersonRegistered(person=order.person, name="Dana Whitfeld", email="dana@x.example", postal_address=ADDRESS)
    )
    before, issued = order_page(payments, order.id), payments.said(InvoiceIssued)

    payments.hear(
        ContactChanged(
            person=order.person,
            name="Dana Whitfield",
            email="dana@x.example",
            postal_address=("2 Main Street", "Millbrook"),
            changed=("name", "postal_address"),
            name_before="Dana Whitfeld",
        )
    )
    payments.hear_all_again()

    after = order_page(payments, order.id)
    assert "<dt>Payer</dt><dd>Dana Whitfeld<br>1 Main Street<br>Millbrook</dd>" in before
    assert "<dt>Payer</dt><dd>Dana Whitfield<br>2 Main Street<br>Millbrook</dd>" in after
    assert "Dana Whitfield" in pay_page(payments, order.id)
    assert "<dt>Payeur</dt><dd>Dana Whitfield</dd>" in pay_page(payments, order.id, language="fr")
    assert payments.said(InvoiceIssued) == issued
    assert payments.order(order.id) == order


def test_a_town_is_shown_with_its_reference_and_who_was_erased_without_a_name(payments: House) -> None:
    town = PayerIntroduced(
        payer="pyr_1", name="City of Riverton", email=None, postal_address=ADDRESS, reference="Cost centre 12"
    )
    order = payments.order(payments.submit())
    payments.hear(town)
    payments.hear(PersonRegistered(person=order.person, name="Dana Whitfield", email=None, postal_address=ADDRESS))

    payments.hear(PersonErased(person=order.person, erasure="era_1"))

    assert payers_of(payments.database, ["pyr_1", order.person]) == {
        "pyr_1": Payer(id="pyr_1", name="City of Riverton", postal_address=ADDRESS, reference="Cost centre 12"),
        order.person: Payer(id=order.person, name="(erased)"),
    }
    assert "Dana" not in order_page(payments, order.id) + pay_page(payments, order.id)
