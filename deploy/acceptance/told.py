"""Owns counting who was told of a cancellation, and naming what arrived twice, elsewhere or not at all."""

from collections import Counter
from collections.abc import Collection

from deploy.acceptance.records import Document, Records

CANCELLATION = "conference_cancelled"


class Told:
    """The messages of a run as they arrived.

    Whom one is for stands with the message, and not in its address: a town and its clerk may share one.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._messages = {message["_id"]: message for message in records.messages}
        self._identities = Counter(mail["message_id"] for mail in records.mails)
        self.contradictions: list[str] = []
        told = {each["_id"] for each in records.letters if each["purpose"] == CANCELLATION}
        for mail in records.mails:
            if mail["headers"]["X-Reconvene-Purpose"] == CANCELLATION:
                if self._is_for_its_recipient(mail):
                    told.add(_message_of(mail["message_id"]))
                else:
                    self.contradictions.append(f"Mail {mail['message_id']} went to somebody else.")
        self.persons_told = {self._messages[each]["recipient"] for each in told} & records.people.keys()
        self.contradictions += self._payers_not_told_once(told)
        self.contradictions += [
            f"Mail {identity} arrived {count} times, and notifications says that it was sent {1 + known}."
            for identity, count in self._identities.items()
            if count > 1 + (known := self._messages.get(_message_of(identity), {"sent_again": 0})["sent_again"])
        ]

    def _is_for_its_recipient(self, mail: Document) -> bool:
        """Whether it went to who attends, or to who pays for them: whichever of the two the message is for."""
        message = self._messages.get(_message_of(mail["message_id"]), {"recipient": ""})
        registration = self._records.registrations[mail["headers"]["X-Reconvene-Subject"]]
        addresses = {registration["person"]: self._records.people[registration["person"]]["contact"]["email"]}
        if registration.get("payer"):
            addresses[registration["payer"]] = self._records.payers[registration["payer"]]["bill_to"]["email"]
        return message["recipient"] in addresses and mail["to"] == [addresses[message["recipient"]]]

    def _payers_not_told_once(self, told: Collection[str]) -> list[str]:
        """Who pays for several is told once of each order, with its sums."""
        orders = {each["order"]: each["payer"] for each in self._records.registrations.values() if each.get("payer")}
        counts = Counter(
            self._records.registrations[message["subject"]]["order"]
            for message in (self._messages[each] for each in told)
            if message["recipient"] in self._records.payers
        )
        return [
            f"{payer}, who pays for {order}, was told {counts[order]} times."
            for order, payer in orders.items()
            if counts[order] != 1
        ]

    @property
    def doubled_count(self) -> int:
        """Message identities that the mailbox accepted more than once."""
        return sum(count > 1 for count in self._identities.values())


def _message_of(identity: str) -> str:
    """The message that a mail with this identity is a copy of."""
    return identity.strip("<>").partition("@")[0]
