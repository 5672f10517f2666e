"""Asks the card provider for fees that it had not said yet, and looks again at what nobody could explain at once."""

from dataclasses import dataclass

from services.payments.bank.commands import explain_line, note_fee
from services.payments.bank.domain import BalanceLine
from services.payments.bank.store import BALANCE_LINES
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import PAYMENTS
from services.payments.provider.domain.errors import Declined, NeedsPerson, TooMany, Unanswered
from services.payments.provider.jobs.gateway import Gateway
from shared.contracts.flow import acts
from shared.jobs import Claim, JobKind, Recording
from shared.mongo import Database
from shared.telemetry import log


@dataclass(frozen=True, slots=True)
class FeeLooker:
    """Asks for what the provider has charged for a payment, where it was not known when the payment came."""

    database: Database
    gateway: Gateway

    @acts(of=PAYMENTS)
    def act(self, claim: Claim[Payment]) -> None:
        """Asks what the provider has charged for a payment, and records it, or asks again later."""
        try:
            move = self.gateway.look_at_charge(claim.state.reference) if claim.state.is_fee_awaited else None
        except (Unanswered, TooMany, Declined, NeedsPerson) as error:
            log.warning("fee not looked at yet", payment=claim.id, error=type(error).__name__)
            move = None
        self.database.run(note_fee, claim=claim, move=move)


def fee_jobs(looker: FeeLooker) -> JobKind[Payment]:
    """Payments whose fee the provider has not said yet."""
    return JobKind("fees", PAYMENTS, looker.act, concurrency=2)


def line_jobs(database: Database) -> JobKind[BalanceLine]:
    """Lines of the provider's balance that nobody could explain at once."""
    return JobKind("balance-lines", BALANCE_LINES, Recording(database, explain_line))
