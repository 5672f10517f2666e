"""The one door to the card provider: the only file that imports its library.

Owns the provider's units, error classes and object shapes; gives everyone else ours. Decides nothing: whether an error
means that money may have left is told by the class that is raised.
"""

import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import stripe

from services.payments.provider.domain.amounts import AmountNotChargeable, our_amount, provider_amount
from services.payments.provider.domain.errors import (
    Declined,
    NeedsPerson,
    ProviderAway,
    SignatureWrong,
    TooMany,
    Unanswered,
)
from services.payments.provider.domain.events import ProviderEvent
from services.payments.provider.domain.reading import (
    Document,
    balance_move_of,
    dispute_of,
    event_of,
    provider_refund_of,
    unpaid_session_of,
)
from services.payments.provider.domain.requests import PageRequest, RefundRequest
from services.payments.provider.domain.shown import (
    BalanceMove,
    Dispute,
    PaidSession,
    Payout,
    ProviderRefund,
    UnpaidSession,
)
from services.payments.provider.jobs.pace import PeoplesCalls
from shared.sentences import marked

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
SIGNATURE_AGE_SECONDS_MAX = 300
PAGE_SIZE = 100
INTERACTIVE_RETRY_COUNT = 2  # somebody waits for it; the refund executor repeats by its own rules
# A refund that is refused with one of these can never reach this card; whatever else the provider says, a person reads.
_FINAL_CODES = frozenset({"card_declined", "charge_not_refundable", "expired_card"})
_SHORT_CODES = frozenset({"balance_insufficient", "insufficient_funds"})  # our balance there, until it is topped up
Ask = Callable[..., stripe.StripeObject]


class Gateway:
    """The provider as this service uses it. Each thread has its own connection."""

    def __init__(
        self, *, api_key: str, base: str | None, webhook_secret: str, methods: Sequence[str] = ("card",)
    ) -> None:
        self.people = PeoplesCalls()
        self.methods = tuple(methods)  # what a payer may choose from, in the provider's words
        self.account = hashlib.sha256(api_key.encode()).hexdigest()[:12]  # names the budget, never the key
        self._api_key, self._base, self._webhook_secret = api_key, base, webhook_secret
        self._local = threading.local()

    # payments

    def open_session(self, checkout: PageRequest) -> tuple[str, str]:
        """Make the provider's page for this attempt, or find it again; its id and address."""
        metadata = {"order": checkout.order, "payment": checkout.id}
        price = {
            "currency": checkout.currency.lower(),
            "unit_amount": provider_amount(checkout.amount_minor, checkout.currency),
            "product_data": {"name": f"Invoice {checkout.number}"},
        }
        parameters: Any = {
            "mode": "payment",
            "allowed_payment_method_types": list(self.methods),  # else the provider's dashboard decides
            "client_reference_id": checkout.order,
            "line_items": [{"price_data": price, "quantity": 1}],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "success_url": checkout.paid_url,
            "cancel_url": checkout.back_url,
        }
        made = self._for_person(
            lambda: self._client.v1.checkout.sessions.create(
                parameters, {"idempotency_key": checkout.key, "max_network_retries": INTERACTIVE_RETRY_COUNT}
            )
        )
        return made["id"], made["url"] or ""

    def session_state(self, session: str) -> str:
        """`open`, `complete` or `expired`."""
        patiently: Any = {"max_network_retries": INTERACTIVE_RETRY_COUNT}
        found = self._for_person(lambda: self._client.v1.checkout.sessions.retrieve(session, options=patiently))
        return str(found["status"])

    def close_session(self, session: str) -> bool:
        """Nobody can pay on this page any more. True: and nobody has, nor has begun to."""
        with suppress(Declined, NeedsPerson):  # it is closed already, by a payment or by its age
            self._asked(lambda: self._client.v1.checkout.sessions.expire(session))
        try:
            found = self._asked(lambda: self._client.v1.checkout.sessions.retrieve(session))
        except Declined:
            return True  # the provider has no such page
        return str(found["status"]) == "expired"

    def look_at_session(self, session: str) -> PaidSession | UnpaidSession:
        """What was paid on this page; or how far it is."""
        path = "payment_intent.latest_charge.balance_transaction"
        found = self._asked(lambda: self._client.v1.checkout.sessions.retrieve(session, {"expand": [path]}))
        if found["payment_status"] != "paid":
            return unpaid_session_of(found)
        metadata, intent = found.get("metadata") or {}, found["payment_intent"]
        charge, currency = intent["latest_charge"], found["currency"].upper()
        booked = charge["balance_transaction"]
        is_known = booked is not None and booked["currency"] == found["currency"]
        return PaidSession(
            order=metadata.get("order", ""),
            payment=metadata.get("payment", ""),
            payment_intent=intent["id"],
            charge=charge["id"],
            amount_minor=our_amount(found["amount_total"], currency),
            currency=currency,
            fee_minor=our_amount(booked["fee"], currency) if is_known else None,
            method=(charge.get("payment_method_details") or {}).get("type") or "card",
        )

    def look_at_charge(self, charge: str) -> BalanceMove | None:
        """The line of a charge on the provider's balance, which brings the fee; None while there is none."""
        found = self._asked(lambda: self._client.v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}))
        return balance_move_of(found["balance_transaction"]) if found["balance_transaction"] else None

    def look_at_decline(self, intent: str) -> tuple[str, str, str] | None:
        """The order, payment and reason of an attempt whose card was declined; None if it has gone well since."""
        found = self._asked(lambda: self._client.v1.payment_intents.retrieve(intent))
        metadata, error = found.get("metadata") or {}, found.get("last_payment_error")
        if found["status"] == "succeeded" or not error or "order" not in metadata:
            return None
        return (
            metadata["order"],
            metadata.get("payment", ""),
            error.get("decline_code") or error.get("code") or "declined",
        )

    # refunds

    def send_refund(self, refund: RefundRequest, *, payment_intent: str) -> ProviderRefund:
        """Ask for the money to go back. Raises `Unanswered`, `TooMany`, `Declined`, `NeedsPerson`."""
        parameters: Any = {
            "payment_intent": payment_intent,
            "amount": provider_amount(refund.amount_minor, refund.currency),
            "metadata": {"refund": refund.id, "order": refund.order, "run": refund.run or "none"},
        }
        made = self._asked(lambda: self._client.v1.refunds.create(parameters, {"idempotency_key": refund.key}))
        return provider_refund_of(made)

    def refunds_of(self, payment_intent: str) -> list[ProviderRefund]:
        """All refunds of one payment as they are now, newest first; nearly always one page."""
        pages = self._pages(self._client.v1.refunds.list, {"payment_intent": payment_intent})
        return [provider_refund_of(each) for page in pages for each in page]

    def look_at_refund(self, provider_refund: str) -> ProviderRefund:
        """One refund as it is now."""
        return provider_refund_of(self._asked(lambda: self._client.v1.refunds.retrieve(provider_refund)))

    def refunds(self) -> Iterator[list[ProviderRefund]]:
        """All refunds that the provider has, newest first, page by page."""
        for page in self._pages(self._client.v1.refunds.list, {}):
            yield [provider_refund_of(each) for each in page]

    # disputes

    def look_at_dispute(self, dispute: str) -> Dispute:
        """One dispute as it is now."""
        return dispute_of(self._asked(lambda: self._client.v1.disputes.retrieve(dispute)))

    def disputes_of(self, payment_intent: str) -> list[Dispute]:
        """All disputes of one payment as they are now."""
        pages = self._pages(self._client.v1.disputes.list, {"payment_intent": payment_intent})
        return [dispute_of(each) for page in pages for each in page]

    # what the provider has kept for us

    def events(self, *, types: list[str]) -> Iterator[list[ProviderEvent]]:
        """The provider's events of these types, newest first, page by page."""
        for page in self._pages(self._client.v1.events.list, {"types": types}):
            yield [event_of(each) for each in page]

    def look_at_payout(self, payout: str) -> Payout:
        """One payout as it is now."""
        found = self._asked(lambda: self._client.v1.payouts.retrieve(payout))
        currency = found["currency"].upper()
        amount_minor = our_amount(found["amount"], currency)
        return Payout(id=found["id"], status=found["status"], amount_minor=amount_minor, currency=currency)

    def balance_minor(self, currency: str) -> tuple[int, int]:
        """What of this currency may leave the provider's balance now, and what only will in some days."""
        found = self._asked(lambda: self._client.v1.balance.retrieve())

        def held(part: str) -> int:
            here = [each["amount"] for each in found[part] if each["currency"] == currency.lower()]
            return our_amount(sum(here), currency)

        return held("available"), held("pending")

    def balance_moves(self) -> Iterator[list[BalanceMove]]:
        """All lines of the provider's balance, newest first, page by page."""
        for page in self._pages(self._client.v1.balance_transactions.list, {}):
            yield [balance_move_of(each) for each in page]

    def verify(self, payload: bytes, signature: str, *, now: float) -> ProviderEvent:
        """What a webhook says; raises `SignatureWrong` unless the provider signed these very bytes minutes ago."""
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._webhook_secret, SIGNATURE_AGE_SECONDS_MAX)
            signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
            body = json.loads(payload)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError, StopIteration) as error:
            raise SignatureWrong(
                "This was not signed by the card provider, or too long ago. Nothing was kept."
            ) from error
        if signed_at > now + SIGNATURE_AGE_SECONDS_MAX:
            raise SignatureWrong("This was signed in the future. Nothing was kept.")
        try:
            return event_of(body)
        except (KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
            raise SignatureWrong("This is signed, yet no event. Nothing was kept.") from error

    # asking

    @property
    def _client(self) -> stripe.StripeClient:
        client: stripe.StripeClient | None = getattr(self._local, "client", None)
        if client is None:
            client = stripe.StripeClient(
                self._api_key,
                stripe_version=API_VERSION,
                base_addresses={"api": self._base} if self._base else {},
                max_network_retries=0,
                http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
            )
            self._local.client = client
        return client

    def _pages(self, listing: Ask, parameters: Mapping[str, Any]) -> Iterator[list[Document]]:
        after: dict[str, Any] = {}
        while True:
            asked = {**parameters, **after, "limit": PAGE_SIZE}
            page = self._asked(functools.partial(listing, asked))
            yield page["data"]
            if not page["has_more"] or not page["data"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}

    def _for_person(self, ask: Ask) -> Document:
        try:
            with self.people.place() as is_ours:
                if not is_ours:
                    raise ProviderAway(
                        marked(
                            "Too many people are paying just now, or the card provider is slow. Your card was not "
                            "charged; "
                            "please try again in a minute."
                        )
                    )
                return self._asked(ask)
        except (Unanswered, TooMany) as error:
            raise ProviderAway(
                marked(
                    "The card provider does not answer just now. Your card was not charged; please try again in a "
                    "minute."
                )
            ) from error
        except (Declined, NeedsPerson) as error:
            raise AmountNotChargeable(
                marked(
                    "The card provider does not take this payment. Your card was not charged; "
                    "please pay by cheque or transfer."
                )
            ) from error

    def _asked(self, ask: Ask) -> Document:
        """Ask, and sort what goes wrong by what it means."""
        try:
            return ask().to_dict()
        except stripe.RateLimitError as error:
            raise TooMany from error
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise TooMany("the provider does not know our key") from error
        except stripe.IdempotencyError as error:
            raise NeedsPerson(f"idempotency: {error.code or 'key used for something else'}") from error
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            raise refusal_of(error) from error
        except stripe.APIConnectionError as error:
            raise Unanswered("no answer") from error
        except stripe.StripeError as error:
            is_stored = _is_replayed(error)
            is_down = not is_stored and error.http_status != 409
            raise Unanswered(f"status {error.http_status}", is_stored=is_stored, is_down=is_down) from error


def refusal_of(error: stripe.StripeError) -> Declined | NeedsPerson | Unanswered:
    """What a refusal means: only one that is known to be final is; a short balance waits; the rest a person decides."""
    code, param = error.code or "", getattr(error, "param", None)
    if code in _SHORT_CODES:  # asked for again under the same key, unless the provider has stored this answer
        return Unanswered(code, is_stored=_is_replayed(error), is_down=False)
    if code in _FINAL_CODES and not param:
        return Declined(code)
    return NeedsPerson(code or (f"the provider does not accept {param}" if param else "refused without a reason"))


def _is_replayed(error: stripe.StripeError) -> bool:
    return _header(error, "idempotent-replayed") == "true"


def _header(error: stripe.StripeError, name: str) -> str:
    return next((str(value) for key, value in dict(error.headers or {}).items() if key.lower() == name), "")
