"""How each way to pay is explained to whoever pays by it."""

from typing import NamedTuple

from services.registration.registering.domain.registrations import Tender


class TenderWords(NamedTuple):
    """How a tender is explained: on the form, and to somebody who has still to pay by it: how much, quoting what."""

    label: str
    hint: str
    left: str


TENDERS = {
    Tender.CARD: TenderWords(
        "Card",
        "You pay on our card provider's page right after this step.",
        "You are confirmed as soon as {} is paid.",
    ),
    Tender.CHEQUE: TenderWords(
        "Cheque",
        "Post it to the association; what to write on its back is on the next page. You are confirmed when it comes.",
        "You are confirmed when your cheque for {} arrives. Please write {} on its back.",
    ),
    Tender.TRANSFER: TenderWords(
        "Bank transfer",
        "Give your invoice number (see the next page) as the reference. You are confirmed when the money arrives.",
        "You are confirmed when {} arrives. Please give {} as the reference.",
    ),
    Tender.PURCHASE_ORDER: TenderWords(
        "Purchase order",
        "Your town sends its purchase order now and pays the invoice later.",
        "You are confirmed when your town's purchase order for {} arrives. Please have it name {}.",
    ),
    Tender.GRANT: TenderWords(
        "Conference grant",
        "You were awarded a grant; the fund pays for you, and you pay nothing.",
        "You are confirmed when the fund has paid {} for you. There is nothing for you to pay.",
    ),
}
