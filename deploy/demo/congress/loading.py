"""Owns bringing the 79th congress into a town through the services' own doors: its programme, then its people.

Every request carries a key made from the congress, or says itself when it was done before, so that a load that was
interrupted is simply done again.
"""

import html
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from deploy.acceptance.crowd import await_no_message_open, for_all
from deploy.demo.associations import INSTITUTE
from deploy.demo.congress import delegates as people
from deploy.demo.congress import programme
from deploy.demo.congress.delegates import DELEGATE, SPEAKER, Delegate
from deploy.demo.congress.programme import KEY, PLANTED
from deploy.town import clocks
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, CallRefused

_AGENDA = re.compile(r'href="([^"]*/scheduling/agenda/([^"/?]+))"')


@dataclass(frozen=True)
class Loaded:
    """The congress as the town knows it."""

    conference: str
    sessions: Mapping[str, str]  # ids by code
    agendas: Mapping[int, str]  # tokens by the delegate's number


def load(*, addresses: Addresses, caller: Caller, say: Callable[[str], None]) -> Loaded:
    """Bring in the congress as it stands weeks before: open, with its draft, and those who registered."""
    return _Loading(addresses, caller, say).run()


class _Loading:
    def __init__(self, addresses: Addresses, caller: Caller, say: Callable[[str], None]) -> None:
        self._town, self._caller, self._say = addresses, caller, say
        self._base = f"{addresses.scheduling}/scheduling/conferences"
        self._sessions: dict[str, str] = {}

    def run(self) -> Loaded:
        began = time.monotonic()
        conference = self._hold_conference()
        self._import_programme(conference)
        self._release(conference)
        self._open(conference)
        registered = for_all(
            lambda each: self._register(each, conference),
            people.delegates(),
            said=f"have registered for the {KEY}",
            say=self._say,
        )
        for_all(self._settle, registered, said=f"registrations for the {KEY} are paid or covered", say=self._say)
        self._await_confirmed(conference, count=len(registered))
        agendas = dict(for_all(self._star, registered, said="have starred their sessions", say=self._say))
        self._plant(conference)
        await_no_message_open(self._town, self._caller)
        self._say(f"The {KEY} congress stands, after {time.monotonic() - began:.0f} s.")
        return Loaded(conference, self._sessions, agendas)

    # the conference and its programme

    def _hold_conference(self) -> str:
        body = {
            "association": INSTITUTE,
            "key": KEY,
            "title": programme.TITLE,
            "city": programme.CITY,
            "zone": programme.ZONE,
            "currency": programme.CURRENCY,
            "starts": programme.STARTS,
            "ends": programme.ENDS,
        }
        conference = str(self._do(self._base, body, "create")["id"])
        self._do(f"{self._base}/{conference}/announce", {}, "announce")
        return conference

    def _import_programme(self, conference: str) -> None:
        base = f"{self._base}/{conference}"
        self._do(f"{base}/import", programme.tables(), "programme")
        items = self._caller.pages(f"{base}/sessions", account=self._town.committee, limit="200")
        self._sessions |= {each["code"]: each["id"] for each in items}
        self._say(f"The programme of the {KEY} is drafted: {len(self._sessions)} sessions.")

    def _release(self, conference: str) -> None:
        """Publish the programme as it is before anything is planted; its speakers are told."""
        url = f"{self._base}/{conference}/releases"
        if self._caller.get(url, account=self._town.committee)["items"]:
            return  # a load taken up again
        seen = str(self._caller.get(f"{url}/preview", account=self._town.committee)["seen"])
        body = {"name": "First programme"}
        self._caller.post(url, body, key=_key("release"), account=self._town.committee, seen=seen)

    def _open(self, conference: str) -> None:
        """Price the congress, its Academies and dialogues too, and open it."""
        url = f"{self._town.registration}/registration/conferences/{conference}"
        known = self._caller.until_known(lambda: self._caller.get(url), missing="registration's word of the congress")
        if not known["categories"]:
            self._caller.put(f"{url}/fees", self._fees(), account=self._town.committee)
        self._do(f"{self._base}/{conference}/open", {}, "open")
        self._caller.deadline.wait_until(
            lambda: bool(self._caller.get(url)["open"]), missing=lambda: "registration's word that it is open"
        )

    def _fees(self) -> dict[str, Any]:
        categories = {
            DELEGATE: ("Delegate, early", people.EARLY_PRICE_MINOR),
            SPEAKER: ("Speaker, complimentary", 0),
        }
        sold = [each for each in programme.tables()["sessions"] if "option" in each]
        return {
            "categories": [
                {"key": key, "label": label, "amount_minor": amount, "guest_amount_minor": 20_000}
                for key, (label, amount) in categories.items()
            ],
            "terms": {"organiser_cancels_fee_minor": 0},
            "options": [
                {
                    "key": each["option"],
                    "label": f"{each['code']} {each['title']}",
                    "amount_minor": people.price_minor(each["option"]),
                    "session": self._sessions[each["code"]],
                    "place_count": people.PLACE_COUNTS.get(each["option"], int(each["seats"])),
                }
                for each in sold
            ],
        }

    # people

    def _register(self, delegate: Delegate, conference: str) -> tuple[Delegate, Any]:
        body = {
            "conference": conference,
            "category": delegate.category,
            "tender": delegate.tender,
            "person": {
                "name": delegate.name,
                "email": delegate.email,
                "postal_address": list(delegate.address_lines),
                "language": "en",
            },
            "options": list(delegate.options),
        }
        url = f"{self._town.registration}/registration/registrations"
        return delegate, self._caller.post(
            url, body, key=_key("registration", delegate.index), account=self._town.committee
        )

    def _settle(self, registered: tuple[Delegate, Mapping[str, Any]]) -> None:
        """Pay by a card that works, or let the town's order cover it; who speaks without paying owes nothing."""
        delegate, made = registered
        if not delegate.charged_minor:
            return
        if delegate.pays_by_card:
            self._pay(delegate, str(made["pay"]))
            return
        today = clocks.shown(self._town, self._caller).astimezone(ZoneInfo(programme.ZONE)).date()
        body: dict[str, Any] = {"number": f"PO-{KEY}-{delegate.index + 1:04}", "dated": today.isoformat()}
        body |= {"limit_minor": delegate.charged_minor}
        url = f"{self._town.payments}/payments/orders/{made['order']}/purchase-order"
        key = _key("purchase-order", delegate.index)
        self._caller.until_known(
            lambda: self._caller.post(url, body, key=key, account=self._town.finance),
            missing="payments' word of a new order",
        )

    def _pay(self, delegate: Delegate, pay: str) -> None:
        key = _key("pay", delegate.index)
        try:
            made = self._caller.until_known(
                lambda: self._caller.post(pay, key=key), missing="payments' word of a new order"
            )
            session = made.get("session") or urlsplit(made["url"]).path.rpartition("/")[2]
            self._caller.post(f"{self._town.provider}/_provider/checkout/{session}/pay", {"method": "works"})
        except CallRefused as refused:
            if refused.kind != "NothingToPay" and "complete" not in str(refused):  # a load taken up again
                raise

    def _await_confirmed(self, conference: str, *, count: int) -> None:
        url = f"{self._base}/{conference}/preview"
        confirmed_count = 0

        def are_all_confirmed() -> bool:
            nonlocal confirmed_count
            confirmed_count = int(self._caller.get(url, account=self._town.committee)["registration_count"])
            return confirmed_count >= count

        self._caller.deadline.wait_until(
            are_all_confirmed, missing=lambda: f"the confirmation of {count - confirmed_count} delegates of the {KEY}"
        )

    def _star(self, registered: tuple[Delegate, Mapping[str, Any]]) -> tuple[int, str]:
        """Open my agenda from my registration, and star what I want to see."""
        delegate, made = registered
        found = _AGENDA.search(self._caller.get_text(str(made["mine"]), accept="text/html"))
        assert found is not None, "the registrant's page leads to the agenda"
        token = html.unescape(found[2])
        url = f"{self._town.scheduling}/scheduling/agendas/{token}/stars"
        body = {"sessions": [self._sessions[code] for code in delegate.stars]}
        try:
            self._caller.until_known(lambda: self._caller.put(url, body), missing="scheduling's word of a delegate")
        except CallRefused as refused:
            if refused.kind != "StarsNotSeen":  # a load taken up again
                raise
        if delegate.waits_for:
            self._wait(delegate, token)
        return delegate.index, token

    def _wait(self, delegate: Delegate, token: str) -> None:
        """Join the waitlist of a session that is full."""
        session = self._sessions[delegate.waits_for]
        url = f"{self._town.scheduling}/scheduling/agendas/{token}/sessions/{session}/seat"
        self._caller.post(url, {"or_wait": True}, key=_key("seat", delegate.index))

    # what is wrong with the draft on purpose

    def _plant(self, conference: str) -> None:
        """Put into the draft what a conflict check must find."""
        for each in PLANTED:
            address = f"{self._base}/{conference}/sessions/{self._sessions[each['code']]}"
            session = self._caller.get(address, account=self._town.committee)
            if "room" in each:
                body = {"room": each["room"], "starts": session["slot"]["starts"]}
                self._edit(f"{address}/slot", body, session)
            elif "speaker_of" in each:
                other = f"{self._base}/{conference}/sessions/{self._sessions[each['speaker_of']]}"
                cast = self._caller.get(other, account=self._town.committee)["cast"][:1]
                self._edit(f"{address}/cast", {"cast": cast}, session)

    def _edit(self, url: str, body: object, session: Mapping[str, Any]) -> None:
        self._caller.put(url, body, account=self._town.committee, seen=str(session["version"]))

    def _do(self, url: str, body: object, *words: object) -> Any:
        return self._caller.post(url, body, key=_key(*words), account=self._town.committee)


def _key(*words: object) -> str:
    return ":".join(str(word) for word in (KEY, *words))
