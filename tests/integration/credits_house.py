"""What tests about credits do and see: an order paid with a credit, a holder's page, refunds."""

import html
import re
from typing import Any

from services.payments.refunds.store import REFUNDS
from shared.auth import sign
from tests.integration.payments_house import FEE_MINOR, HTML, House

NEXT_RUN = "run_2"


def spend(payments: House, credit: str, order: str, amount_minor: int, **more: Any) -> Any:
    """Finance pays an order with a credit; the response as it is."""
    body = {"order": order, "amount_minor": amount_minor}
    return payments.post(f"/payments/credits/{credit}/spendings", body, **more)


def page_of(payments: House, person: str) -> str:
    """The address of a holder's page, as it stands in their mail."""
    return f"/payments/credit/{sign(payments.parts.settings, purpose='credit', id_=person)}"


def seen(payments: House, address: str) -> str:
    """The words of a page."""
    response = payments.client.get(address, headers=HTML)
    assert response.status_code == 200, response.text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", response.text)).split())


def form(order: str, amount: str, *, owed_minor: int = FEE_MINOR) -> dict[str, str]:
    """What the page's form sends."""
    return {"order": order, "amount": amount, "owed_minor": str(owed_minor)}


def refunds_of(payments: House, order: str) -> list[Any]:
    """The refunds of an order, by id."""
    return [REFUNDS.state(each) for each in payments.database.mongo[REFUNDS.name].find({"order": order}).sort("_id", 1)]
