"""Owns leading a payer to the card provider's page: one page per attempt, however often the button is pressed."""

from services.payments.orders.domain.orders import OrderEnded
from services.payments.provider.domain.errors import ProviderAway, Unanswered
from services.payments.provider.jobs.gateway import Gateway
from services.payments.receipts.commands.checkouts import begin_checkout, give_up_checkout, keep_session
from shared.mongo import Database
from shared.problem import Busy
from shared.sentences import marked

TRY_COUNT = 3  # a page that has expired at the provider gives way to a new one


class PageNotOpened(Busy):
    """Each page that was opened had expired when it was to be shown."""


def open_page(database: Database, gateway: Gateway, *, order: str, paid_url: str, back_url: str) -> tuple[str, str]:
    """The address of the page on which this order is paid now, and its session; refuses when there is nothing to pay.

    No transaction is open while the provider is asked. Should the order end in that moment, the page is closed again,
    and money that came all the same goes back by itself.
    """
    for _ in range(TRY_COUNT):
        checkout = database.run(begin_checkout, order=order, paid_url=paid_url, back_url=back_url)
        if checkout.session is None:
            try:
                session, url = gateway.open_session(checkout)
            except ProviderAway as away:
                if not _is_stored(away):
                    raise
                database.run(give_up_checkout, checkout=checkout.id)  # nobody has the address of a page it may have
                continue
            if not database.run(keep_session, checkout=checkout.id, session=session, url=url):
                raise OrderEnded(marked("There is nothing to pay on this order any more. Your card was not charged."))
            return url, session
        match gateway.session_state(checkout.session):
            case "open":
                return checkout.url or paid_url, checkout.session
            case "complete":
                return paid_url, checkout.session
            case _:
                database.run(give_up_checkout, checkout=checkout.id)
    raise PageNotOpened(
        marked("The payment page could not be opened. Your card was not charged; please try again in a minute.")
    )


def _is_stored(away: ProviderAway) -> bool:
    """Whether the provider goes on giving this answer to this attempt, so that only another one can succeed."""
    return isinstance(away.__cause__, Unanswered) and away.__cause__.is_stored
