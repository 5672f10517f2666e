"""Owns the run of a cancellation as people would do it, until every cent and every message has arrived: the committee
decides, registrants choose by the links they were sent, time passes, finance pays what goes by cheque and transfer.

All of it goes through the services' own doors, and through outages: whatever is asked may be asked again. What the
books then say is read by `deploy.acceptance.checker`; nothing here counts money.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deploy.acceptance.chaos import Chaos
from deploy.acceptance.charges import from_minor
from deploy.acceptance.crowd import await_sent, for_all
from deploy.acceptance.finance import BY_HAND, Finance
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.loading import Loaded, Placed
from deploy.acceptance.post import Post, Received
from deploy.acceptance.story import Choice
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, CallRefused

REFUND_CAN_FAIL_DAYS = 7  # a card's bank takes three days to say no in a story; a week later none is left that could
TOPUP_PAUSE_SECONDS = 6.0  # the desk's figures are seconds old: what it says right after a top-up is of before
REASON = "Public health: meeting in person is not safe, and travel is restricted."
DECISION = (
    "The conference is cancelled. Everyone chooses between a refund, a credit and a donation; silence is a refund."
)
CARD_STATES_OPEN = ("planned", "sent", "unknown", "provider_pending", "held")


@dataclass(frozen=True)
class Cancelled:
    """A cancellation that has come to its end."""

    run: str
    seconds: float  # from the decision until all was settled and said


def cancel(
    loaded: Loaded, *, addresses: Addresses, caller: Caller, chaos: Chaos, say: Callable[[str], None]
) -> Cancelled:
    """Cancel the conference and see it through; raises `OutOfTime` naming what is missing."""
    return Cancelling(loaded, addresses=addresses, caller=caller, chaos=chaos, say=say).see_through()


class Cancelling:
    """One cancellation, step by step; one that somebody else has begun is gone on with by its run."""

    def __init__(
        self,
        loaded: Loaded,
        *,
        addresses: Addresses,
        caller: Caller,
        chaos: Chaos,
        say: Callable[[str], None],
        run: str = "",
    ) -> None:
        self._loaded = loaded
        self._story = loaded.story
        self._town = addresses
        self._caller = caller
        self._chaos = chaos
        self._say = say
        self._orders = {each.registration: order for order in loaded.orders for each in order.registered}
        self._post = Post(addresses, caller)
        self._finance = Finance(addresses, caller, zone=loaded.story.zone)
        self._run = run
        self._topup_count = 0
        self._topped_up_at = float("-inf")

    def see_through(self) -> Cancelled:
        """From the decision to the last message."""
        began = time.monotonic()
        with self._chaos.phase():
            self._decide()
            self._await_everyone_told()
        with self._chaos.phase():
            self._choose()
        self.finish()
        return Cancelled(self._run, time.monotonic() - began)

    def finish(self) -> None:
        """From the last choice to the last message."""
        with self._chaos.phase():
            self._pass_deadline()
            self._await_card_refunds()
        with self._chaos.phase():
            self._pass_time_for_failures()
            self._name_payees()
        with self._chaos.phase():
            self._pay_by_hand()
        self._await_settled()
        self._await_all_heard()

    @property
    def _alive_count(self) -> int:
        return self._story.registration_count - self._story.leaver_count

    # the committee

    def _decide(self) -> None:
        """On the day, at nine: the committee looks at the preview and cancels."""
        clocks.move(self._town, self._caller, to=clocks.opening(self._story.cancelled_on, zone=self._story.zone))
        url = f"{self._town.scheduling}/scheduling/conferences/{self._loaded.conference}/cancel"
        body = {"reason": REASON, "decision": DECISION, "choose_by": self._story.choose_by.isoformat()}
        self._chaos.begin()
        decision = self._caller.post(url, body, key=f"{self._story.key}:cancel", account=self._town.committee)
        self._run = str(decision["run"])
        self._say("The committee has decided; registrations are ending and everyone is being told ...")

    def _await_everyone_told(self) -> None:
        self._await_board(
            lambda board: bool(board["is_everyone_told"]),
            lambda board: f"the cancellation message of {_of(board['missing'], 'told')} registrants",
        )
        payer_count = sum(order.planned.payer is not None for order in self._loaded.orders)
        if payer_count:
            count = self._alive_count + payer_count
            await_sent(self._town, self._caller, purpose="conference_cancelled", count=count)
        self._say(f"All {self._alive_count:,} have been told, by mail or letter.")

    # the registrants

    def _choose(self) -> None:
        """Everyone who has something to say opens the link that they were sent, and says it; of an order of several its
        payer, who was written to about one of them."""
        received = self._post.received("conference_cancelled", run=self._run)
        alone = {each.registration: each for each in received if not each.is_to_payer}
        payers = {self._orders[each.registration].order: each for each in received if each.is_to_payer}
        choosing = [each for each in self._loaded.orders if each.planned.chosen]
        self._all(
            lambda each: self.follow(
                (payers[each.order] if each.planned.payer else alone[each.registered[0].registration]).link, each
            ),
            choosing,
            said="choices have been made",
        )

    def follow(self, link: str, placed: Placed) -> None:
        """Open the link that was sent about an order, and choose as the story says."""
        choice = placed.planned.choice or Choice.REFUND
        self._caller.until_known(
            lambda: self._caller.post(f"{link}/choice", {"choice": str(choice)}),
            missing="the offer behind a link that was sent",
            kinds=("NotWorkedOutYet",),
        )

    def _pass_deadline(self) -> None:
        """The last day for choosing is over: who was silent gets the refund."""
        day_after = self._story.choose_by + timedelta(days=1)
        clocks.move(self._town, self._caller, to=clocks.opening(day_after, zone=self._story.zone))
        url = f"{self._town.registration}/registration/runs/{self._run}"
        self._caller.deadline.wait_until(
            lambda: self._caller.get(url, account=self._town.committee)["state"] == "settled",
            missing=lambda: "choices that the deadline makes final",
        )
        self._say("The last day for choosing is over; the refunds are running ...")

    def _name_payees(self) -> None:
        """Whose card refused the refund says where a cheque may go, by the link in the message about it."""
        failed_count = sum(refund["status"] == "failed" for refund in self._provider_refunds())
        if not failed_count:
            return
        await_sent(self._town, self._caller, purpose="refund_failed", count=failed_count)
        received = self._post.received("refund_failed", run=self._run)
        self._all(self._name_payee, received, said="payees have said where their cheque may go")

    def _name_payee(self, received: Received) -> None:
        planned = self._orders[received.registration].planned
        payee = planned.payer or planned.registrations[0].person
        self._caller.post(received.link, {"name": payee.name, "postal_address": list(payee.address_lines)})

    # the card provider

    def _await_card_refunds(self) -> None:
        """Every card refund has left; where the balance is short, finance tops it up."""
        self._wait(
            lambda: not self._unfixed_count() and not self._are_cards_open(),
            missing=lambda: f"{self._unfixed_count():,} choices to be worked out by payments, or refunds to cards",
        )
        self._say("Every card refund has been sent.")

    def _unfixed_count(self) -> int:
        """Registrations of which payments doesn't know yet what happens with their money, and orders."""
        run = self._money()
        if run["count_expected"] is None:
            return self._alive_count
        return int(run["count_expected"] - run["worked_out_count"] + run["choice_open_count"])

    def _are_cards_open(self) -> bool:
        """Asked state by state a refund that moves between two answers is in neither; so the last look is at all."""
        if any(self._refunds(rail="card", state=state) for state in CARD_STATES_OPEN):
            return True
        return any(refund["state"] in CARD_STATES_OPEN for refund in self._refunds(rail="card"))

    def _pass_time_for_failures(self) -> None:
        """A refund that was sent may come back for days; then no longer."""
        days = timedelta(days=REFUND_CAN_FAIL_DAYS)
        clocks.move(self._town, self._caller, to=clocks.shown(self._town, self._caller) + days)

    def _provider_refunds(self) -> list[dict[str, Any]]:
        return list(self._caller.lines(f"{self._town.provider}/_provider/refunds"))

    def _top_up_if_short(self) -> None:
        """What finance does when its desk says that the provider's balance is short."""
        if time.monotonic() - self._topped_up_at < TOPUP_PAUSE_SECONDS:
            return
        short_minor = int(self._money()["balance_short_minor"])
        if not short_minor:
            return
        self._topup_count += 1
        self._caller.post_form(
            f"{self._town.provider}/v1/topups",
            {"amount": str(from_minor(short_minor, self._story.currency)), "currency": self._story.currency.lower()},
            bearer=self._town.stripe_api_key,
            key=f"{self._run}:topup:{self._topup_count}",
        )
        self._topped_up_at = time.monotonic()
        self._say(f"The provider's balance was short; finance has topped it up by {short_minor:,} minor units.")

    def _money(self) -> dict[str, Any]:
        """How far payments has come."""
        url = f"{self._town.payments}/payments/runs/{self._run}"
        run: dict[str, Any] = self._caller.until_known(
            lambda: self._caller.get(url, account=self._town.finance), missing="payments' word of the cancellation"
        )
        return run

    # finance

    def _pay_by_hand(self) -> None:
        """Finance pays what goes by cheque and transfer, and records each. While processes are still to be killed, the
        last one waits: the kills are to happen before the run has settled."""
        while True:
            waiting = [each for rail in BY_HAND for each in self._refunds(rail=rail, state="awaiting_record")]
            now = waiting if self._chaos.is_over else waiting[:-1]
            self._all(self._finance.record, now, said="cheques and transfers have been paid and recorded")
            if self._chaos.is_over and not waiting:
                return
            self._caller.deadline.pause(0.1, missing=f"{len(waiting):,} refunds to be recorded")

    def _refunds(self, **where: str) -> list[dict[str, Any]]:
        return self._finance.refunds(run=self._run, **where)

    # the end

    def _await_settled(self) -> None:
        self._await_board(
            lambda board: board["state"] == "settled",
            lambda board: (
                f"{_of(board['missing'], 'settled')} registrations to be settled "
                f"({board['refund_open_count']} refunds open), {_of(board['missing'], 'told')} to be told"
            ),
        )
        self._say("The run is settled.")

    def _await_all_heard(self) -> None:
        """The run is settled before the last "your refund is sent" is read, written and sent."""
        await_all_heard(self._town, self._caller)
        self._say("All that was said has been heard, and every message has left.")

    def _await_board(self, holds: Callable[[dict[str, Any]], bool], missing: Callable[[dict[str, Any]], str]) -> None:
        url = f"{self._town.scheduling}/scheduling/runs/{self._run}"
        board: dict[str, Any] = {}

        def look() -> bool:
            nonlocal board
            try:
                board = self._caller.get(url, account=self._town.committee)
            except CallRefused as refused:
                if refused.status != 404:
                    raise
                return False
            return holds(board)

        self._wait(look, missing=lambda: missing(board) if board else "the board of the decision")

    def _wait(self, holds: Callable[[], bool], *, missing: Callable[[], str]) -> None:
        """Wait, and meanwhile keep the provider's balance from holding everything up."""

        def look() -> bool:
            self._top_up_if_short()
            return holds()

        self._caller.deadline.wait_until(look, missing=missing)

    def _all(self, do: Callable[[Any], None], each: list[Any], *, said: str) -> None:
        for_all(do, each, said=said, say=self._say)


def _of(missing: dict[str, int] | None, what: str) -> str:
    """How many are missing, once that can be known."""
    return "an unknown number of" if missing is None else f"{missing[what]:,}"
