"""Owns what finance does at its desk while a story is played: sees which refunds there are, and pays those by hand."""

from datetime import date
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

BY_HAND = ("cheque", "transfer")


class Finance:
    """Finance's desk in one town, on a calendar in the conference's zone."""

    def __init__(self, addresses: Addresses, caller: Caller, *, zone: str) -> None:
        self._town = addresses
        self._caller = caller
        self._zone = zone

    def refunds(self, **where: str) -> list[dict[str, Any]]:
        """The refunds that are in such a state, or of such a run."""
        url = f"{self._town.payments}/payments/refunds"
        return list(self._caller.pages(url, account=self._town.finance, limit="200", **where))

    def record(self, refund: dict[str, Any]) -> None:
        """Pay one by cheque or transfer. The number on it is the refund's own, so that asking twice names the same."""
        identity = str(refund["id"])
        body = {
            "rail": refund["rail"],
            "reference": f"{refund['rail'].upper()} {identity}",
            "paid_on": self._today().isoformat(),
            "payee_version": refund["payee_version"],
        }
        url = f"{self._town.payments}/payments/refunds/{quote(identity, safe=':')}/record"
        self._caller.post(url, body, key=f"record:{identity}", account=self._town.finance)

    def _today(self) -> date:
        return clocks.shown(self._town, self._caller).astimezone(ZoneInfo(self._zone)).date()
