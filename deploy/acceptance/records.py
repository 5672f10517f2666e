"""Owns reading all that there is about one run, as it stands: databases, the card provider's objects, the mailbox.

Counts nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Records:
    """Everything there is about one run, as it was found."""

    registrations: dict[str, Document]
    people: dict[str, Document]
    left: list[Document]  # registrations that the desk had ended before
    payers: dict[str, Document]  # who pays for several of them, and is none of them
    orders: list[Document]
    refunds: list[Document]
    other_refunds: list[Document]  # of the same conference, outside of the run: for options, and what nobody asked for
    credits: list[Document]
    donations: list[Document]
    late_payments: list[Document]  # they came after their order had ended, and go back whole
    entries: list[Document]
    messages: list[Document]
    provider_refunds: list[Document]
    other_provider_refunds: list[Document]
    mails: list[Document]

    @classmethod
    def read(cls, client: MongoClient[Document], town: Addresses, *, run: str, caller: Caller) -> "Records":
        """Read it all, narrowed to the registrations that the run has ended."""

        def of(service: str) -> Database[Document]:
            return client[f"{town.database_prefix}{service}"]

        payments = of("payments")
        conference = of("scheduling")["conferences"].find_one({"cancellation.run": run})
        assert conference is not None, f"no conference was cancelled by {run}"
        ended = {each["_id"]: each for each in of("registration")["registrations"].find({"run": run})}
        people = {each["person"] for each in ended.values()}
        payers = {each.get("payer", "") for each in ended.values()} - {""}
        others = list(payments["refunds"].find({"conference": conference["_id"], "run": ""}))
        objects = list(caller.lines(f"{town.provider}/_provider/refunds"))
        return cls(
            registrations=ended,
            people={each["_id"]: each for each in of("registration")["people"].find() if each["_id"] in people},
            left=list(of("registration")["registrations"].find({"conference": conference["_id"], "life": "left"})),
            payers={each["_id"]: each for each in of("registration")["payers"].find({"_id": {"$in": list(payers)}})},
            orders=list(payments["orders"].find({"conference": conference["_id"]})),
            refunds=list(payments["refunds"].find({"run": run})),
            other_refunds=others,
            credits=list(payments["credits"].find({"run": run})),
            donations=list(payments["donations"].find({"run": run})),
            late_payments=list(payments["payments"].find({"conference": conference["_id"], "is_late": True})),
            entries=list(payments["ledger"].find({"conference": conference["_id"]})),
            messages=list(of("notifications")["messages"].find({"subject": {"$in": list(ended)}})),
            provider_refunds=_of_run(objects, run=run),
            other_provider_refunds=_of_jobs(objects, {each["_id"] for each in others}),
            mails=_about(caller.lines(f"{town.mailbox}/messages.jsonl"), registrations=ended),
        )

    @property
    def letters(self) -> list[Document]:
        """Every letter that is in the print queue."""
        return [each for each in self.messages if each["channel"] == "letter" and each["state"] == "accepted"]


def _of_run(objects: Iterable[Document], *, run: str) -> list[Document]:
    return [each for each in objects if each["metadata"].get("run") == run]


def _of_jobs(objects: Iterable[Document], jobs: set[str]) -> list[Document]:
    return [each for each in objects if each["metadata"].get("refund") in jobs]


def _about(mails: Iterable[Document], *, registrations: Mapping[str, object]) -> list[Document]:
    return [
        {name: mail[name] for name in ("message_id", "to", "headers")}
        for mail in mails
        if mail["headers"].get("X-Reconvene-Subject") in registrations
    ]
