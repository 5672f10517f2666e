"""Owns what stands in the town before a person comes: conferences, people, a cancellation, made by the services' own
doors. Leaves what persons do on pages to `people`."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests

from deploy.acceptance.loading import Loaded
from deploy.acceptance.post import Post
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Account, Caller, Deadline
from deploy.town.inviting import invite
from deploy.town.wiring import Wiring
from shared.principals import Role

ZONE = "America/Chicago"
PRICE_MINOR, GUEST_PRICE_MINOR = 57_500, 25_000
PATIENCE_SECONDS = 60.0
COLLEAGUES_PASSWORD = "we share nothing but the coffee"
REASON = "Meeting in person is not safe at the moment, and travel is restricted."
DECISION = "The committee cancels the conference. Everyone who paid chooses between a refund, a credit and a donation."


@dataclass(frozen=True)
class Cancelled:
    """The cancelled symposium, and those places of it that pages are about."""

    conference: str
    run: str
    mine_to_choose: str  # somebody who has not chosen yet
    mine_with_credit: str
    mine_refunded: str
    mine_with_grant: str
    mine_with_invoice: str
    payee: str  # where somebody says which address a refund cheque goes to
    order: str
    refund_to_pay: str
    refund_awaiting_payee: str
    letter: str
    message: str


class Scene:
    """One town, its clocks and its doors."""

    def __init__(self, addresses: Addresses, *, front: str, wiring: Wiring) -> None:
        self.town = addresses
        self.wiring = wiring
        self._colleagues: dict[Role, Account] = {}
        self.front = front  # the one address that people are told, without a path

    def colleague(self, role: Role) -> Account:
        """The mail address and the password of somebody who works in this role at every desk of the town."""
        if role not in self._colleagues:
            name, mail = f"Casey {role.value.title()}", f"{role.value}@colleagues.example"
            link = invite(self.wiring, mail=mail, name=name, role=role.value, association="")
            form = {"password": COLLEAGUES_PASSWORD, "repeated": COLLEAGUES_PASSWORD}
            requests.post(link, data=form, timeout=PATIENCE_SECONDS).raise_for_status()
            self._colleagues[role] = (mail, COLLEAGUES_PASSWORD)
        return self._colleagues[role]

    @property
    def caller(self) -> Caller:
        """Asks the services, with some patience."""
        return Caller(Deadline(PATIENCE_SECONDS))

    @property
    def today(self) -> date:
        """The day in St. Louis on the town's clocks."""
        return clocks.shown(self.town, self.caller).astimezone(ZoneInfo(ZONE)).date()

    def pass_days(self, days: int) -> None:
        """Let the town's clocks go on."""
        clocks.move(self.town, self.caller, to=clocks.opening(self.today + timedelta(days=days), zone=ZONE))

    def open_conference(self, title: str, *, days_until: int = 40) -> str:
        """A conference in St. Louis in so many days, open for registration from now on; answers its id."""
        base, key = f"{self.town.scheduling}/scheduling/conferences", secrets.token_hex(6)
        starts = self.today + timedelta(days=days_until)
        body = {
            "key": f"c-{key}",
            "title": title,
            "city": "St. Louis",
            "zone": ZONE,
            "currency": "USD",
            "starts": starts.isoformat(),
            "ends": (starts + timedelta(days=3)).isoformat(),
        }
        conference = str(self._committee(base, body)["id"])
        self._committee(f"{base}/{conference}/announce")
        self._price(conference)
        self._committee(f"{base}/{conference}/open")
        known = f"{self.town.registration}/registration/conferences/{conference}"
        self.wait_until(lambda: bool(self.caller.get(known)["open"]), missing="registration's word that it is open")
        return conference

    def register(self, conference: str, name: str, *, options: tuple[str, ...] = ()) -> dict[str, Any]:
        """Somebody who pays by card and has not yet; answers their links."""
        body = {
            "conference": conference,
            "category": "member",
            "tender": "card",
            "person": {"name": name, "email": mail_address(name), "postal_address": [], "language": "en"},
            "guests": [],
            "options": list(options),
        }
        url = f"{self.town.registration}/registration/registrations"
        made: dict[str, Any] = self.caller.post(url, body, key=secrets.token_hex(8), account=self.town.committee)
        return made

    def pay(self, registered: dict[str, Any]) -> None:
        """Pay by a card that works, and be confirmed."""
        caller = self.caller
        made = caller.until_known(
            lambda: caller.post(registered["pay"], key=secrets.token_hex(8)), missing="payments' word of a new order"
        )
        caller.post(f"{self.town.provider}/_provider/checkout/{made['session']}/pay", {"method": "works"})
        self.wait_until(
            lambda: caller.get(registered["mine"])["state"] == "confirmed", missing="the confirmation of a payment"
        )

    def cancel(self, conference: str, *, choose_by: date) -> str:
        """The committee cancels; answers the run, once everyone has been told."""
        body = {"reason": REASON, "decision": DECISION, "choose_by": choose_by.isoformat()}
        run = str(self._committee(f"{self.town.scheduling}/scheduling/conferences/{conference}/cancel", body)["run"])
        board = f"{self.town.scheduling}/scheduling/runs/{run}"
        caller = self.caller
        self.wait_until(
            lambda: bool(caller.get(board, account=self.town.committee)["is_everyone_told"]),
            missing="the board's word that everyone was told",
        )
        return run

    def choose(self, mine: str, choice: str) -> None:
        """Somebody chooses by their link."""
        caller = self.caller
        caller.until_known(
            lambda: caller.post(f"{mine}/choice", {"choice": choice}),
            missing="the offer behind a link",
            kinds=("NotWorkedOutYet",),
        )

    def refunds(self, run: str, *, rail: str, state: str) -> list[str]:
        """The refunds of a run in a state."""
        url, query = f"{self.town.payments}/payments/refunds", {"run": run, "rail": rail, "state": state}
        return [str(each["id"]) for each in self.caller.get(url, account=self.town.finance, **query)["items"]]

    def refund(self, run: str, *, rail: str, state: str) -> str:
        """The first refund of a run in a state, as soon as there is one."""
        missing = f"a refund by {rail} in the state {state}"
        self.wait_until(lambda: bool(self.refunds(run, rail=rail, state=state)), missing=missing)
        return self.refunds(run, rail=rail, state=state)[0]

    def letters(self, run: str) -> list[str]:
        """The letters about a run."""
        query = {"run": run, "channel": "letter", "state": "accepted", "limit": "50"}
        url = f"{self.town.notifications}/notifications/messages"
        return [str(each["id"]) for each in self.caller.get(url, account=self.town.committee, **query)["items"]]

    def wait_until(self, holds: Any, *, missing: str) -> None:
        """Return when something holds."""
        self.caller.deadline.wait_until(holds, missing=lambda: missing)

    def _price(self, conference: str) -> None:
        url, caller = f"{self.town.registration}/registration/conferences/{conference}", self.caller
        caller.until_known(lambda: caller.get(url), missing="registration's word of the conference")
        member = {"key": "member", "label": "Member", "amount_minor": PRICE_MINOR}
        body = {
            "categories": [member | {"guest_amount_minor": GUEST_PRICE_MINOR}],
            "terms": {"organiser_cancels_fee_minor": 0},
        }
        caller.put(f"{url}/fees", body, account=self.town.committee)

    def _committee(self, url: str, body: object = None) -> dict[str, Any]:
        made: dict[str, Any] = self.caller.post(url, body, key=secrets.token_hex(8), account=self.town.committee)
        return made


def mail_address(name: str) -> str:
    """The address of somebody of that name."""
    return f"{name.lower().replace(' ', '.')}@town.example"


def cancel_symposium(scene: Scene, loaded: Loaded) -> Cancelled:
    """Cancel it, and let four days pass in which three people choose and one card does not take its refund."""
    post = Post(scene.town, scene.caller)
    run = scene.cancel(loaded.conference, choose_by=loaded.story.choose_by)
    told = {each.registration: each for each in post.received("conference_cancelled", run=run)}
    mine = {each.planned.index: told[each.registration].link for each in loaded.registered}
    by_index = {each.planned.index: each for each in loaded.registered}
    failing = next(index for index, each in by_index.items() if each.planned.refund_fails)
    paying = [index for index, each in by_index.items() if each.planned.tender == "card" and index != failing]
    cheque = next(index for index, each in by_index.items() if each.planned.tender == "cheque")
    for index in (failing, paying[0], cheque):
        scene.choose(mine[index], "refund")
    scene.choose(mine[paying[1]], "credit")
    scene.wait_until(
        lambda: len(scene.refunds(run, rail="card", state="settled")) == 2,
        missing="the two refunds to cards on their way",
    )
    scene.pass_days(4)
    awaiting = scene.refund(run, rail="cheque", state="awaiting_payee")
    asked: dict[str, Any] = {}

    def is_asked() -> bool:
        asked.update({each.registration: each for each in post.received("refund_failed", run=run)})
        return bool(asked)

    scene.wait_until(is_asked, missing="the message that asks for an address")
    letters = scene.letters(run)
    of_tender = {str(each.planned.tender): mine[index] for index, each in by_index.items()}
    return Cancelled(
        conference=loaded.conference,
        run=run,
        mine_to_choose=mine[paying[-1]],
        mine_with_credit=mine[paying[1]],
        mine_refunded=mine[paying[0]],
        mine_with_grant=of_tender["grant"],
        mine_with_invoice=of_tender["purchase_order"],
        payee=next(iter(asked.values())).link,
        order=next(each.order for each in loaded.orders if each.planned.index == paying[0]),
        refund_to_pay=scene.refund(run, rail="cheque", state="awaiting_record"),
        refund_awaiting_payee=awaiting,
        letter=letters[0],
        message=letters[-1],
    )
