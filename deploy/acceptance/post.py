"""Owns reading what registrants were sent, by mail or letter, and the link in each message."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

# As a letter's reader sees them: the address to type, and the code.
TYPED = re.compile(r'<p class="typed">(?P<address>[^<\s]+)<br><strong>(?P<code>[^<\s]+)</strong>')
LINK = re.compile(r"https?://\S+/(?:registration/mine|registration/orders|payments/payee)/[^\s<>\"']+")


@dataclass(frozen=True)
class Received:
    """One message as a registrant has it in hand: what about, concerning which registration, and the link in it."""

    purpose: str
    registration: str
    link: str

    @property
    def is_to_payer(self) -> bool:
        """Whether it leads to an order of several, which is its payer's."""
        return "/registration/orders/" in self.link


class Post:
    """The mails and letters of one town, as their recipients see them."""

    def __init__(self, addresses: Addresses, caller: Caller) -> None:
        self._town = addresses
        self._caller = caller
        self._read_until = int(caller.get(f"{addresses.mailbox}/summary.json")["mails"])

    def received(self, purpose: str, *, run: str) -> list[Received]:
        """What was received about a run for one purpose; mails of before are not read again."""
        return [*self._mails(purpose), *self._letters(purpose, run=run)]

    def link(self, purpose: str, *, run: str, registration: str) -> str:
        """The link that somebody was sent about their registration."""
        (link,) = {each.link for each in self.received(purpose, run=run) if each.registration == registration}
        return link

    def _mails(self, purpose: str) -> Iterator[Received]:
        for mail in self._caller.lines(f"{self._town.mailbox}/messages.jsonl", after=str(self._read_until)):
            headers = mail["headers"]
            if headers.get("X-Reconvene-Purpose") == purpose:
                yield Received(purpose, headers["X-Reconvene-Subject"], _link(mail["text"]))

    def _letters(self, purpose: str, *, run: str) -> Iterator[Received]:
        messages = self._caller.pages(
            f"{self._town.notifications}/notifications/messages",
            account=self._town.committee,
            purpose=purpose,
            state="accepted",
            channel="letter",
            run=run,
            limit="200",
        )
        for message in messages:
            yield Received(purpose, message["subject"], self._link_behind_code(message["id"]))

    def _link_behind_code(self, letter: str) -> str:
        """Type the letter's code where it says, as its reader would; empty when the letter asks for nothing."""
        sheet = f"{self._town.notifications}/notifications/letters/{letter}"
        found = TYPED.search(self._caller.get_text(sheet, account=self._town.committee))
        return self._caller.redirection(found["address"], code=found["code"]) if found else ""


def _link(text: str) -> str:
    """The one link of a message that leads to a registrant's own page; empty when there is none."""
    found = LINK.search(text)
    return found.group().rstrip(".,;:!?)") if found else ""
