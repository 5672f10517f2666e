"""Closes the card provider's payment pages on which nobody should pay any more."""

from dataclasses import dataclass

from services.payments.provider.domain.errors import NeedsPerson, TooMany, Unanswered
from services.payments.provider.jobs.gateway import Gateway
from services.payments.receipts.commands.checkouts import note_closed_page
from services.payments.receipts.domain.checkouts import Checkout
from services.payments.receipts.store import CHECKOUTS
from shared.contracts.flow import acts
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.telemetry import log


@dataclass(frozen=True, slots=True)
class PageCloser:
    """Closes payment pages on which nobody should pay any more."""

    database: Database
    gateway: Gateway

    @acts(of=CHECKOUTS)
    def act(self, claim: Claim[Checkout]) -> None:
        """Closes it at the provider, and hears whether it was paid; one that was tells us more by itself."""
        claim.check()
        try:
            is_unpaid = claim.state.session is None or self.gateway.close_session(claim.state.session)
        except (Unanswered, TooMany, NeedsPerson) as error:
            log.warning("payment page not closed yet", checkout=claim.id, error=type(error).__name__)
            return  # the lease brings it back
        self.database.run(note_closed_page, claim=claim, is_unpaid=is_unpaid)


def page_jobs(closer: PageCloser) -> JobKind[Checkout]:
    """Payment pages that wait to be closed."""
    return JobKind("payment-pages", CHECKOUTS, closer.act, concurrency=2)
