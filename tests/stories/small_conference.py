"""A conference of nine people, for the story of its cancellation: what each of them, the committee and finance can do,
by the services' own doors, and what each finds in the mailbox or in a letter.

Owns the doors. Leaves who does what, and what must come of it, to the story.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from deploy.acceptance.crowd import await_no_message_open, await_sent
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.post import Post
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

KEY, ZONE, CURRENCY = "annual-2020", "America/Chicago", "USD"
TITLE = "Annual Conference of Municipal Clerks"
MEMBER_MINOR, OTHER_MINOR, GUEST_MINOR, KEPT_MINOR = 57_500, 65_000, 25_000, 7_500
OPENED_ON = date(2020, 3, 2)


@dataclass(frozen=True)
class Registered:
    """Somebody who has registered, and where they pay and look after it."""

    name: str
    email: str | None
    registration: str
    order: str
    mine: str
    pay: str | None


@dataclass
class Conference:
    """The conference in one town, and who asks its services for what."""

    town: Addresses
    caller: Caller
    id: str = ""
    run: str = ""
    people: dict[str, Registered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._post = Post(self.town, self.caller)

    # the committee

    def open(self) -> None:
        """Draft, announce, price and open the conference for registration."""
        clocks.move(self.town, self.caller, to=clocks.opening(OPENED_ON, zone=ZONE))
        body = {
            "key": KEY,
            "title": TITLE,
            "city": "St. Louis",
            "zone": ZONE,
            "currency": CURRENCY,
            "starts": "2020-05-17",
            "ends": "2020-05-20",
        }
        base = f"{self.town.scheduling}/scheduling/conferences"
        self.id = str(self._committee(base, body, key="create")["id"])
        self._committee(f"{base}/{self.id}/announce", {}, key="announce")
        url = f"{self.town.registration}/registration/conferences/{self.id}"
        self.caller.until_known(lambda: self.caller.get(url), missing="registration's word of the conference")
        member = {"key": "member", "label": "Member", "amount_minor": MEMBER_MINOR, "guest_amount_minor": GUEST_MINOR}
        other = {"key": "other", "label": "Not a member", "amount_minor": OTHER_MINOR}
        fees = {"categories": [member, other], "terms": {"organiser_cancels_fee_minor": KEPT_MINOR}}
        self.caller.put(f"{url}/fees", fees, account=self.town.committee)
        self._committee(f"{base}/{self.id}/open", {}, key="open")
        self.wait(lambda: self.caller.get(url)["open"], missing="registration's word that it is open")

    def preview(self, *, on: date, choose_by: date) -> dict[str, Any]:
        """The committee asks what cancelling would do; what all four services answer."""
        clocks.move(self.town, self.caller, to=clocks.opening(on, zone=ZONE))
        base = f"{self.town.scheduling}/scheduling"
        body = {"choose_by": choose_by.isoformat()}
        asked = self._committee(f"{base}/conferences/{self.id}/previews", body, key="preview")
        url, found = f"{base}/previews/{asked['preview']}", dict[str, Any]()

        def is_complete() -> bool:
            found.update(self.caller.get(url, account=self.town.committee))
            return bool(found["is_complete"])

        self.wait(is_complete, missing="an answer to what cancelling would do")
        return found

    def cancel(self, *, on: date, choose_by: date) -> None:
        """The committee decides, and returns when the board shows that everyone has been told."""
        clocks.move(self.town, self.caller, to=clocks.opening(on, zone=ZONE))
        body = {"reason": "Meeting is not safe.", "decision": "We cancel.", "choose_by": choose_by.isoformat()}
        url = f"{self.town.scheduling}/scheduling/conferences/{self.id}/cancel"
        self.run = str(self._committee(url, body, key="cancel")["run"])
        self.wait(lambda: self.board()["is_everyone_told"], missing="the message about the cancellation")

    def board(self) -> dict[str, Any]:
        """What the committee sees of its decision."""
        url = f"{self.town.scheduling}/scheduling/runs/{self.run}"
        board: dict[str, Any] = self.caller.until_known(
            lambda: self.caller.get(url, account=self.town.committee), missing="the board of the decision"
        )
        return board

    # those who attend

    def register(
        self, name: str, *, tender: str, category: str = "member", guest: str = "", has_email: bool = True
    ) -> Registered:
        """Somebody registers; who has no e-mail is entered at the registration desk."""
        email = f"{name.lower().replace(' ', '.')}@town.example" if has_email else None
        body = {
            "conference": self.id,
            "category": category,
            "tender": tender,
            "person": {"name": name, "email": email, "postal_address": ["1 Market Street", "Springfield, IL 62701"]},
            "guests": [{"name": guest}] if guest else [],
        }
        url = f"{self.town.registration}/registration/registrations"
        made = self._committee(url, body, key=f"register:{len(self.people)}")
        found = Registered(name, email, made["registration"], made["order"], made["mine"], made["pay"])
        self.people[name] = found
        return found

    def pay_by_card(self, who: Registered, *, card: str = "works") -> None:
        """Open the page, go on to the card provider, and press its button for one of its test cards."""
        assert who.pay is not None
        url, missing = who.pay, "payments' word of a new order"
        paying = self.caller.until_known(lambda: self.caller.post(url, key=f"pay:{who.order}"), missing=missing)
        checkout = paying.get("session") or urlsplit(paying["url"]).path.rpartition("/")[2]
        self.caller.post(f"{self.town.provider}/_provider/checkout/{checkout}/pay", {"method": card})

    def choose(self, who: Registered, choice: str) -> None:
        """Follow the link in the mail, or type the code of the letter, and say what happens with the money."""
        link = self._post.link("conference_cancelled", run=self.run, registration=who.registration)
        self.caller.post(f"{link}/choice", {"choice": choice})

    def say_where_a_cheque_goes(self, who: Registered, address: Sequence[str]) -> None:
        """Follow the link in the message about a refund that failed, and give an address."""
        await_sent(self.town, self.caller, purpose="refund_failed", count=1)
        link = self._post.link("refund_failed", run=self.run, registration=who.registration)
        self.caller.post(link, {"name": who.name, "postal_address": list(address)})

    def own_page(self, who: Registered) -> dict[str, Any]:
        """What somebody finds behind the link to their registration."""
        found: dict[str, Any] = self.caller.get(who.mine)
        return found

    def messages(self, who: Registered) -> Counter[str]:
        """How many messages somebody has had, by what they are about; mails in the mailbox, letters on paper."""
        return Counter(self._mails(who) if who.email else self._letters(who))

    # finance

    def record_payment(self, who: Registered, *, tender: str, amount_minor: int, on: date = OPENED_ON) -> None:
        """Money has come by cheque, transfer or from a grant, and finance enters it."""
        body = {
            "tender": tender,
            "amount_minor": amount_minor,
            "currency": CURRENCY,
            "reference": f"{tender.upper()} of {who.name}",
            "received_on": on.isoformat(),
        }
        self._for_order(who, "payments", body)

    def accept_purchase_order(self, who: Registered, *, limit_minor: int) -> None:
        """A town promises to pay."""
        body = {"number": f"PO of {who.name}", "dated": OPENED_ON.isoformat(), "limit_minor": limit_minor}
        self._for_order(who, "purchase-order", body)

    def refunds(self, **where: str) -> list[dict[str, Any]]:
        """The refunds of the cancellation, as finance lists them."""
        url = f"{self.town.payments}/payments/refunds"
        return list(self.caller.pages(url, account=self.town.finance, run=self.run, limit="200", **where))

    def pay_by_hand(self, *, rail: str, count: int) -> set[str]:
        """Write so many cheques, or send so many transfers, and record each; answers whom they went to."""
        waiting: list[dict[str, Any]] = []

        def are_there() -> bool:
            waiting[:] = self.refunds(rail=rail, state="awaiting_record")
            return len(waiting) == count

        self.wait(are_there, missing=f"{count} refunds by {rail} to be paid")
        for refund in waiting:
            body = {
                "rail": rail,
                "reference": f"{rail} {refund['id']}",
                "paid_on": self.today().isoformat(),
                "payee_version": refund["payee_version"],
            }
            url = f"{self.town.payments}/payments/refunds/{quote(str(refund['id']), safe=':')}/record"
            self.caller.post(url, body, key=f"record:{refund['id']}", account=self.town.finance)
        return {self._name_of(str(refund["order"])) for refund in waiting}

    def top_up_card_balance(self, amount_minor: int) -> None:
        """The provider keeps its fees when it refunds, so finance sees to the balance."""
        fields = {"amount": str(amount_minor), "currency": CURRENCY.lower()}
        self.caller.post_form(
            f"{self.town.provider}/v1/topups", fields, bearer=self.town.stripe_api_key, key=f"{KEY}:top-up"
        )

    # time, and everything that is under way

    def today(self) -> date:
        """The day on everybody's calendar."""
        return clocks.shown(self.town, self.caller).date()

    def pass_days(self, count: int) -> None:
        """Let some days pass."""
        clocks.move(self.town, self.caller, to=clocks.opening(self.today() + timedelta(days=count), zone=ZONE))

    def go_on_to(self, day: date) -> None:
        """Let time pass until the morning of a day."""
        clocks.move(self.town, self.caller, to=clocks.opening(day, zone=ZONE))

    def wait(self, holds: Any, *, missing: str) -> None:
        """Return when something holds."""
        self.caller.deadline.wait_until(lambda: bool(holds()), missing=lambda: missing)

    def settle_down(self) -> None:
        """Return when all that was said has been heard, and every message has left."""
        await_all_heard(self.town, self.caller)
        await_no_message_open(self.town, self.caller)

    def _mails(self, who: Registered) -> Iterator[str]:
        for mail in self.caller.lines(f"{self.town.mailbox}/messages.jsonl"):
            if mail["to"] == [who.email]:
                yield str(mail["headers"]["X-Reconvene-Purpose"])

    def _letters(self, who: Registered) -> Iterator[str]:
        url = f"{self.town.notifications}/notifications/messages"
        query = {"channel": "letter", "state": "accepted", "limit": "200"}
        for message in self.caller.pages(url, account=self.town.committee, **query):
            if message["subject"] == who.registration:
                yield str(message["purpose"])

    def _name_of(self, order: str) -> str:
        return next(each.name for each in self.people.values() if each.order == order)

    def _for_order(self, who: Registered, what: str, body: object) -> None:
        url, key = f"{self.town.payments}/payments/orders/{who.order}/{what}", f"{what}:{who.order}"
        self.caller.until_known(
            lambda: self.caller.post(url, body, key=key, account=self.town.finance),
            missing="payments' word of a new order",
        )

    def _committee(self, url: str, body: object, *, key: str) -> Any:
        return self.caller.post(url, body, key=f"{KEY}:{key}", account=self.town.committee)
