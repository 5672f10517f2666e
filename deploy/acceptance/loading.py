"""Owns bringing a story into a town through the services' own doors, so that it stands there as if people had come.

Every request carries a key made from the story, so that a load that was interrupted is simply done again: what has been
done answers as it did then. What is told by events is awaited. Leaves the cancellation to `cancelling`,
and those who leave before it to `leaving`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from deploy.acceptance.crowd import await_no_message_open, await_sent, for_all
from deploy.acceptance.fee_table import FeeTable
from deploy.acceptance.story import PlannedOrder, PlannedRegistration, Story, Tender, orders_of, plan
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, CallRefused
from shared.associations import FIRST

T = TypeVar("T")

SLIP_LENGTH = 50  # cheques to a deposit slip


@dataclass(frozen=True)
class Registered:
    """One registration of the story as the town knows it."""

    planned: PlannedRegistration
    registration: str


@dataclass(frozen=True)
class Placed:
    """One order of the story as the town knows it, with those who are on it."""

    planned: PlannedOrder
    order: str
    pay: str | None
    registered: tuple[Registered, ...]


@dataclass(frozen=True)
class Loaded:
    """A conference with everyone in it, paid or covered, confirmed and told so."""

    story: Story
    conference: str
    orders: tuple[Placed, ...]

    @property
    def registered(self) -> tuple[Registered, ...]:
        """Everyone, in the order of the file."""
        return tuple(registered for order in self.orders for registered in order.registered)


def load(
    story: Story, *, addresses: Addresses, caller: Caller, say: Callable[[str], None], association: str = FIRST
) -> Loaded:
    """Bring everyone in on the day they bought; return when all are confirmed and have been told."""
    return _Loading(story, addresses=addresses, caller=caller, say=say, association=association).run()


class _Loading:
    def __init__(
        self, story: Story, *, addresses: Addresses, caller: Caller, say: Callable[[str], None], association: str
    ) -> None:
        self._story = story
        self._association = association
        self._town = addresses
        self._caller = caller
        self._say = say
        self._plan = orders_of(plan(story), story)
        self._fee_table = FeeTable(story)

    def run(self) -> Loaded:
        self._go_back_to_the_day()
        conference = self._hold_conference()
        orders = self._all(lambda planned: self._place(planned, conference), self._plan, said="orders are placed")
        payments = self._all(self._settle, orders, said="orders are paid or covered")
        self._deposit([payment for payment in payments if payment])
        self._await_confirmed(conference)
        self._await_told(self._story.registration_count)
        return Loaded(self._story, conference, tuple(orders))

    def _go_back_to_the_day(self) -> None:
        """The clocks show the day of buying; a load taken up again finds them there already."""
        bought = clocks.opening(self._story.bought_on, zone=self._story.zone)
        cancelled = clocks.opening(self._story.cancelled_on, zone=self._story.zone)
        if not bought <= clocks.shown(self._town, self._caller) < cancelled:
            clocks.move(self._town, self._caller, to=bought)

    def _hold_conference(self) -> str:
        """Draft, announce and price the conference, and open it for registration."""
        story, base = self._story, f"{self._town.scheduling}/scheduling/conferences"
        body = {
            "association": self._association,
            "key": story.key,
            "title": story.title,
            "city": story.city,
            "zone": story.zone,
            "currency": story.currency,
            "starts": story.starts.isoformat(),
            "ends": story.ends.isoformat(),
        }
        conference = str(self._do(base, body, key="create")["id"])
        self._do(f"{base}/{conference}/announce", {}, key="announce")
        self._price(conference)
        self._do(f"{base}/{conference}/open", {}, key="open")
        known = f"{self._town.registration}/registration/conferences/{conference}"
        self._caller.deadline.wait_until(
            lambda: bool(self._caller.get(known)["open"]), missing=lambda: "registration's word that it is open"
        )
        return conference

    def _do(self, url: str, body: object, *, key: str) -> Any:
        return self._caller.post(url, body, key=self._key(key), account=self._town.committee)

    def _price(self, conference: str) -> None:
        url = f"{self._town.registration}/registration/conferences/{conference}"
        known = self._caller.until_known(lambda: self._caller.get(url), missing="registration's word of the conference")
        if known["categories"]:
            return  # a load taken up again
        body = {
            "categories": self._fee_table.as_json(),
            "terms": self._terms(),
        }
        self._caller.put(f"{url}/fees", body, account=self._town.committee)

    def _terms(self) -> dict[str, int]:
        return {
            "organiser_cancels_fee_minor": self._story.organiser_cancels_fee_minor,
            "leave_fee_minor": self._story.leave_fee_minor,
        }

    def _place(self, planned: PlannedOrder, conference: str) -> Placed:
        """Somebody registers, or a town registers several; by the committee, since the public may not send so many."""
        if planned.payer is None:
            return self._register(planned, conference)
        payer = planned.payer
        body = {
            "conference": conference,
            "tender": str(planned.tender),
            "payer": {"name": payer.name, "email": payer.email, "postal_address": list(payer.address_lines)},
            "people": [
                {"person": self._person(each), "category": self._fee_table.key_of(each)}
                for each in planned.registrations
            ],
        }
        url, key = f"{self._town.registration}/registration/orders", self._key("order", planned.index)
        made = self._caller.post(url, body, key=key, account=self._town.committee)
        registered = zip(planned.registrations, made["registrations"], strict=True)
        return Placed(planned, made["order"], made["pay"], tuple(Registered(*each) for each in registered))

    def _register(self, planned: PlannedOrder, conference: str) -> Placed:
        (alone,) = planned.registrations
        body = {
            "conference": conference,
            "category": self._fee_table.key_of(alone),
            "tender": str(alone.tender),
            "person": self._person(alone),
            "guests": [{"name": alone.guest_name}] if alone.guest_name else [],
        }
        url, key = f"{self._town.registration}/registration/registrations", self._key("registration", alone.index)
        made = self._caller.post(url, body, key=key, account=self._town.committee)
        return Placed(planned, made["order"], made["pay"], (Registered(alone, made["registration"]),))

    def _person(self, planned: PlannedRegistration) -> dict[str, Any]:
        person = planned.person
        return {
            "name": person.name,
            "email": person.email,
            "postal_address": list(person.address_lines),
            "language": "en",
        }

    def _settle(self, placed: Placed) -> str | None:
        """Pay, or have the town's order accepted; answers the payment's id for a cheque, not yet deposited."""
        match placed.planned.tender:
            case Tender.CARD:
                self._pay_by_card(placed)
            case Tender.PURCHASE_ORDER:
                self._accept_purchase_order(placed)
            case Tender.CHEQUE:
                return self._record(placed)
            case Tender.TRANSFER | Tender.GRANT:
                self._record(placed)
        return None

    def _pay_by_card(self, placed: Placed) -> None:
        """Follow the pay link, and press the button of the provider's page, for a card that works."""
        assert placed.pay is not None
        pay, key = placed.pay, self._key("pay", placed.planned.index)
        try:
            made = self._caller.until_known(
                lambda: self._caller.post(pay, key=key), missing="payments' word of a new order"
            )
        except CallRefused as refused:
            if refused.kind == "NothingToPay":
                return  # a load taken up again
            raise
        session = made.get("session") or urlsplit(made["url"]).path.rpartition("/")[2]
        method = "refund_fails_later" if placed.planned.refund_fails else "works"
        try:
            self._caller.post(f"{self._town.provider}/_provider/checkout/{session}/pay", {"method": method})
        except CallRefused as refused:
            if "complete" not in str(refused):  # the answer to the first try was lost, not the payment
                raise

    def _record(self, placed: Placed) -> str:
        planned = placed.planned
        body = {
            "tender": str(planned.tender),
            "amount_minor": planned.charged_minor,
            "currency": self._story.currency,
            "reference": f"{planned.tender.upper()}-{planned.index + 1:05}",
            "received_on": self._story.bought_on.isoformat(),
        }
        return str(self._for_order(placed, "payments", body)["payment"])

    def _accept_purchase_order(self, placed: Placed) -> None:
        planned = placed.planned
        body = {
            "number": f"PO-{planned.index + 1:05}",
            "dated": self._story.bought_on.isoformat(),
            "limit_minor": planned.charged_minor,
        }
        self._for_order(placed, "purchase-order", body)

    def _for_order(self, placed: Placed, what: str, body: object) -> Any:
        url = f"{self._town.payments}/payments/orders/{placed.order}/{what}"
        key = self._key(what, placed.planned.index)
        return self._caller.until_known(
            lambda: self._caller.post(url, body, key=key, account=self._town.finance),
            missing="payments' word of a new order",
        )

    def _deposit(self, cheques: Sequence[str]) -> None:
        """Take the cheques to the bank, some to a slip."""
        for number, start in enumerate(range(0, len(cheques), SLIP_LENGTH), start=1):
            body = {
                "slip": f"SLIP-{self._story.key}-{number:03}",
                "deposited_on": self._story.bought_on.isoformat(),
                "payments": list(cheques[start : start + SLIP_LENGTH]),
            }
            url, key = f"{self._town.payments}/payments/deposits", self._key("deposit", number)
            self._caller.post(url, body, key=key, account=self._town.finance)

    def _await_confirmed(self, conference: str) -> None:
        url = f"{self._town.scheduling}/scheduling/conferences/{conference}/preview"
        count, confirmed_count = self._story.registration_count, 0

        def are_all_confirmed() -> bool:
            nonlocal confirmed_count
            confirmed_count = int(self._caller.get(url, account=self._town.committee)["registration_count"])
            return confirmed_count >= count

        missing = f"the confirmation of {{}} of {count:,} registrations"
        self._caller.deadline.wait_until(are_all_confirmed, missing=lambda: missing.format(count - confirmed_count))

    def _await_told(self, registration_count: int) -> None:
        """Every confirmation has been sent, and nothing else is on its way."""
        self._say(f"All {registration_count:,} are confirmed; their mails and letters are going out ...")
        await_sent(self._town, self._caller, purpose="registration_confirmed", count=registration_count)
        await_no_message_open(self._town, self._caller)

    def _all(self, do: Callable[[Any], T], each: Iterable[Any], *, said: str) -> list[T]:
        """Do something for everyone, several at a time, in the order of the story."""
        return for_all(do, list(each), said=said, say=self._say)

    def _key(self, *words: object) -> str:
        return ":".join(str(word) for word in (self._story.key, *words))
