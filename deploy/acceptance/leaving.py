"""Owns the day before the decision: the desk ends the registrations of some, and finance pays what goes back to them.

All of it goes through the services' own doors, and may be asked again. It is over when it is known everywhere, so that
what the decision finds is what stands in the story.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from deploy.acceptance.crowd import for_all
from deploy.acceptance.finance import BY_HAND, Finance
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.loading import Loaded, Placed, Registered
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

REASON = "Has another duty on these days."


def let_leave(loaded: Loaded, *, addresses: Addresses, caller: Caller, say: Callable[[str], None]) -> None:
    """End the registrations of those who leave before the decision; return when all they get back has left."""
    leavers = [each for each in loaded.registered if each.planned.leaves]
    if leavers:
        _Leaving(loaded, leavers, addresses=addresses, caller=caller, say=say).run()


class _Leaving:
    def __init__(
        self,
        loaded: Loaded,
        leavers: list[Registered],
        *,
        addresses: Addresses,
        caller: Caller,
        say: Callable[[str], None],
    ) -> None:
        self._loaded = loaded
        self._story = loaded.story
        self._leavers = leavers
        self._town = addresses
        self._caller = caller
        self._say = say
        self._finance = Finance(addresses, caller, zone=loaded.story.zone)

    def run(self) -> None:
        day = clocks.opening(self._story.cancelled_on - timedelta(days=1), zone=self._story.zone)
        if clocks.shown(self._town, self._caller) < day:  # not a load taken up again
            clocks.move(self._town, self._caller, to=day)
        for_all(self._end, self._leavers, said="people have left", say=self._say)
        waiting = self._refunds_that_are_paid_by_hand()
        for_all(self._finance.record, waiting, said="cheques and transfers for them have been paid", say=self._say)
        await_all_heard(self._town, self._caller)

    def _end(self, leaver: Registered) -> None:
        conference = f"{self._town.registration}/registration/conferences/{self._loaded.conference}"
        url, key = f"{conference}/registrations/{leaver.registration}/leave", f"leave:{leaver.planned.index}"
        self._caller.post(url, {"reason": REASON}, key=f"{self._story.key}:{key}", account=self._town.committee)

    def _refunds_that_are_paid_by_hand(self) -> list[dict[str, Any]]:
        """Return when every refund that is owed to a leaver is there, and those to cards have been sent."""
        orders = {
            order.order
            for order in self._loaded.orders
            if order.planned.tender.is_paid_by_registrant
            and any(
                each.leaves and each.price_minor > self._story.leave_fee_minor for each in order.planned.registrations
            )
        }
        refunds: dict[str, dict[str, Any]] = {}

        def are_ready() -> bool:
            refunds.update(
                {each["order"]: each for each in self._finance.refunds(outside="true") if each["order"] in orders}
            )
            return len(refunds) == len(orders) and all(map(_is_ready, refunds.values()))

        self._caller.deadline.wait_until(
            are_ready, missing=lambda: f"{len(orders) - sum(map(_is_ready, refunds.values())):,} refunds to leavers"
        )
        return [each for each in refunds.values() if each["state"] == "awaiting_record"]

    def _gives_back(self, placed: Placed) -> bool:
        """Whether something of what was paid for somebody who leaves goes back."""
        is_paid = placed.planned.tender.is_paid_by_registrant
        registrations = placed.planned.registrations
        return is_paid and any(each.leaves and each.price_minor > self._story.leave_fee_minor for each in registrations)


def _is_ready(refund: dict[str, Any]) -> bool:
    return refund["state"] == "settled" or (refund["state"] == "awaiting_record" and refund["rail"] in BY_HAND)
