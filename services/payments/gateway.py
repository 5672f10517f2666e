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
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import stripe

from services.payments.balance import MAIN_BALANCE, BalanceMove, Payout
from services.payments.checkouts import Checkout, PaidSession, UnpaidSession
from services.payments.disputes import Dispute, DisputeState
from services.payments.pace import PeoplesCalls
from services.payments.provider_events import REFUND_MADE, ProviderEvent
from services.payments.refunds import ProviderRefund, Refund
from shared.money import exponent, in_words
from shared.problem import Refusal

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
SIGNATURE_AGE_SECONDS_MAX = 300
PAGE_SIZE = 100
INTERACTIVE_RETRY_COUNT = 2  # somebody waits for it; the refund executor repeats by its own rules

# These the provider counts in whole units, whatever ISO 4217 says.
_WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
)
_HUNDREDFOLD = frozenset({"ISK", "UGX"})  # no decimals any more, yet counted in hundredths
# A refund that is refused with one of these can never reach this card; whatever else the provider says, a person reads.
_FINAL_CODES = frozenset({"card_declined", "charge_not_refundable", "expired_card"})
_SHORT_CODES = frozenset({"balance_insufficient", "insufficient_funds"})  # our balance there, until it is topped up

_DISPUTE_ENDS = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,  # it was a question only, and nothing was taken
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}

Document = dict[str, Any]  # an object as the provider shows it
Ask = Callable[..., stripe.StripeObject]


class AmountNotChargeable(Refusal):
    """An amount that the provider would round."""

    title = "This amount can't be paid by card"


class ProviderAway(Refusal):
    """The card provider does not answer; for a person who waits."""

    status: ClassVar[int] = 503
    title = "Cards can't be taken at the moment"


class SignatureWrong(Refusal):
    """A webhook that the provider has not sent, or not now."""

    status: ClassVar[int] = 400
    title = "Signature refused"


class Unanswered(Exception):
    """The answer was lost, or doesn't say whether anything was done, or may be another one later."""

    def __init__(self, reason: str, *, is_stored: bool = False, is_down: bool = True) -> None:
        super().__init__(reason)
        self.is_stored = is_stored  # the provider keeps giving this answer under this key
        self.is_down = is_down  # it looks as if the provider were in trouble, and not this one request


class TooMany(Exception):
    """The provider takes no more for the moment; nothing was done."""


class Declined(Exception):
    """The provider has refused for good; nothing was done, and the same request will be refused again."""


class NeedsPerson(Exception):
    """The provider has refused in a way that no rule of ours decides."""


def provider_amount(amount_minor: int, currency: str) -> int:
    """Our minor units as the provider counts them; raises `AmountNotChargeable` where it would round."""
    ours, theirs = exponent(currency), _decimals(currency)
    amount, rest = divmod(amount_minor * int(10**theirs), int(10**ours))
    step = 10 if theirs == 3 else 1
    if rest or amount % step:
        raise AmountNotChargeable(
            f"Cards can't be charged {in_words(amount_minor, currency)}: the provider would round it. "
            "Nothing was charged; please pay by cheque or transfer."
        )
    return amount


def our_amount(amount: int, currency: str) -> int:
    """The provider's amount in our minor units; what is smaller than one is rounded half up, as on a statement."""
    ours, theirs = exponent(currency), _decimals(currency)
    if ours >= theirs:
        return amount * int(10 ** (ours - theirs))
    step = int(10 ** (theirs - ours))
    return (amount + step // 2) // step


def _decimals(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 2 if currency in _HUNDREDFOLD else exponent(currency)


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

    def open_session(self, checkout: Checkout) -> tuple[str, str]:
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
            return _unpaid_session(found)
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
        return _balance_move(found["balance_transaction"]) if found["balance_transaction"] else None

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

    def send_refund(self, refund: Refund, *, payment_intent: str) -> ProviderRefund:
        """Ask for the money to go back. Raises `Unanswered`, `TooMany`, `Declined`, `NeedsPerson`."""
        parameters: Any = {
            "payment_intent": payment_intent,
            "amount": provider_amount(refund.amount_minor, refund.currency),
            "metadata": {"refund": refund.id, "order": refund.order, "run": refund.run or "none"},
        }
        made = self._asked(lambda: self._client.v1.refunds.create(parameters, {"idempotency_key": refund.key}))
        return _provider_refund(made)

    def refunds_of(self, payment_intent: str) -> list[ProviderRefund]:
        """All refunds of one payment as they are now, newest first; nearly always one page."""
        pages = self._pages(self._client.v1.refunds.list, {"payment_intent": payment_intent})
        return [_provider_refund(each) for page in pages for each in page]

    def look_at_refund(self, provider_refund: str) -> ProviderRefund:
        """One refund as it is now."""
        return _provider_refund(self._asked(lambda: self._client.v1.refunds.retrieve(provider_refund)))

    def refunds(self) -> Iterator[list[ProviderRefund]]:
        """All refunds that the provider has, newest first, page by page."""
        for page in self._pages(self._client.v1.refunds.list, {}):
            yield [_provider_refund(each) for each in page]

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

    def balance_moves(self) -> Iterator[list[BalanceMove]]:
        """All lines of the provider's balance, newest first, page by page."""
        for page in self._pages(self._client.v1.balance_transactions.list, {}):
            yield [_balance_move(each) for each in page]

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
                        "Too many people are paying just now, or the card provider is slow. Your card was not charged; "
                        "please try again in a minute."
                    )
                return self._asked(ask)
        except (Unanswered, TooMany) as error:
            raise ProviderAway(
                "The card provider does not answer just now. Your card was not charged; please try again in a minute."
            ) from error
        except (Declined, NeedsPerson) as error:
            raise AmountNotChargeable(
                "The card provider does not take this payment. Your card was not charged; "
                "please pay by cheque or transfer."
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


def _unpaid_session(found: Document) -> UnpaidSession:
    """A visit that has paid nothing: still open, over, or over with a bank that has yet to say whether it pays."""
    metadata, intent = found.get("metadata") or {}, found.get("payment_intent") or {}
    is_underway = found["status"] == "complete" and intent.get("status") == "processing"
    error = intent.get("last_payment_error") or {}
    currency = found["currency"].upper()
    return UnpaidSession(
        order=metadata.get("order", ""),
        payment=metadata.get("payment", ""),
        amount_minor=our_amount(found["amount_total"], currency),
        currency=currency,
        state="underway" if is_underway else "failed" if found["status"] == "complete" else found["status"],
        reason=error.get("decline_code") or error.get("code") or "",
    )


def _provider_refund(found: Document) -> ProviderRefund:
    currency = found["currency"].upper()
    return ProviderRefund(
        id=found["id"],
        status=found["status"] or "pending",
        amount_minor=our_amount(found["amount"], currency),
        currency=currency,
        payment_intent=found.get("payment_intent") or "",
        is_short=found.get("pending_reason") == "insufficient_funds",
        reason=found.get("failure_reason") or "",
        refund=(found.get("metadata") or {}).get("refund", ""),
    )


def dispute_of(found: Document) -> Dispute:
    """The provider's dispute in our words: what it has not decided is open."""
    currency = found["currency"].upper()
    return Dispute(
        id=found["id"],
        payment_intent=found.get("payment_intent") or "",
        amount_minor=our_amount(found["amount"], currency),
        currency=currency,
        state=_DISPUTE_ENDS.get(found["status"], DisputeState.OPEN),
        opened_on=datetime.fromtimestamp(found["created"], UTC).date(),
    )


def _balance_move(found: Document) -> BalanceMove:
    currency = found["currency"].upper()
    return BalanceMove(
        id=found["id"],
        type=found["type"],
        category=found.get("reporting_category") or "",
        source=found.get("source") or "",
        balance=found.get("balance_type") or MAIN_BALANCE,
        description=found.get("description") or "",
        amount_minor=our_amount(found["amount"], currency),
        fee_minor=our_amount(found["fee"], currency),
        currency=currency,
    )


def event_of(body: Mapping[str, Any]) -> ProviderEvent:
    """The provider's event as a hint: what happened to which object."""
    about = body["data"]["object"]
    told = {"id": body["id"], "type": body["type"], "object": about["id"]}
    if body["type"] == REFUND_MADE:
        currency = about["currency"].upper()
        told |= {"currency": currency, "amount_minor": our_amount(about["amount"], currency)}
    return msgspec.convert({**told, "refund": (about.get("metadata") or {}).get("refund", "")}, ProviderEvent)
