"""How each way to pay is explained to whoever pays by it."""

from typing import NamedTuple

from services.registration.registering.domain.registrations import Tender
from shared.sentences import marked


class TenderWords(NamedTuple):
    """How a tender is explained: on the form, and to somebody who has still to pay by it: `amount`, naming `quoted`."""

    label: str
    hint: str
    left: str


TENDERS = {
    Tender.CARD: TenderWords(
        marked("Card"),
        marked("You pay on our card provider's page right after this step."),
        marked("You are confirmed as soon as %(amount)s is paid."),
    ),
    Tender.CHEQUE: TenderWords(
        marked("Cheque"),
        marked(
            "Post it to the association; what to write on its back is on the next page. "
            "You are confirmed when it comes."
        ),
        marked("You are confirmed when your cheque for %(amount)s arrives. Please write %(quoted)s on its back."),
    ),
    Tender.TRANSFER: TenderWords(
        marked("Bank transfer"),
        marked(
            "Give your invoice number (see the next page) as the reference. You are confirmed when the money arrives."
        ),
        marked("You are confirmed when %(amount)s arrives. Please give %(quoted)s as the reference."),
    ),
    Tender.PURCHASE_ORDER: TenderWords(
        marked("Purchase order"),
        marked("Your town sends its purchase order now and pays the invoice later."),
        marked(
            "You are confirmed when your town's purchase order for %(amount)s arrives. Please have it name %(quoted)s."
        ),
    ),
    Tender.GRANT: TenderWords(
        marked("Conference grant"),
        marked("You were awarded a grant; the fund pays for you, and you pay nothing."),
        marked("You are confirmed when the fund has paid %(amount)s for you. There is nothing for you to pay."),
    ),
}
