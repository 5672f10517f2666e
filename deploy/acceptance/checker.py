"""Owns reading what a cancellation has left behind, from outside: the databases, the provider's records, the mailbox.

It shares no code with the services and knows nothing of the plan: every figure is counted from documents, objects and
mails as they stand after the run. Where two records tell of the same thing they are compared, and what does not fit is
named. What the figures ought to be is worked out by `deploy.acceptance.expectation`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pymongo import MongoClient

from deploy.acceptance.charges import to_minor
from deploy.acceptance.records import Document, Records
from deploy.acceptance.told import Told
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

BANK, CARD_BALANCE, CREDITS, REFUNDS_PAYABLE = "1000", "1020", "2010", "2020"
DEFERRED, GRANT_FUNDS, RECEIVABLES, FEES_KEPT, DONATIONS = ("2000", "2001"), "2100", "1100", "4020", "4050"

LEFT = "registration_left"
_LEFT_OTHERWISE = "The books say {} goes back to those who left, their orders {}."


@dataclass(frozen=True)
class Findings:
    """What was found: the figures of the line, and a sentence for everything that contradicts itself."""

    figures: dict[str, int]
    contradictions: list[str] = field(default_factory=list)


def check(addresses: Addresses, *, run: str, caller: Caller) -> Findings:
    """Read everything about one run and count it."""
    client: MongoClient[Document]
    with MongoClient(addresses.mongo_url, tz_aware=True) as client:
        return _counted(Records.read(client, addresses, run=run, caller=caller))


def _counted(records: Records) -> Findings:
    books = _Books(records.entries)
    refunds = _Refunds(records)
    post = Told(records)
    figures = {
        "registrations": len(records.registrations),
        "settled": len(_settled(records)),
        "voided_minor": books.credited("ended:", RECEIVABLES),
        "grants_released_minor": books.credited("ended:", GRANT_FUNDS),
        "refunds_approved_minor": books.credited("settlement:", REFUNDS_PAYABLE),
        "credits_minor": books.credited("settlement:", CREDITS),
        "donations_minor": books.credited("settlement:", DONATIONS),
        "kept_minor": books.credited("settlement:", FEES_KEPT),
        "card_refunds_minor": refunds.card_sent_minor,
        "card_refunds_failed_minor": refunds.card_failed_minor,
        "cheque_refunds_minor": refunds.paid_by_hand_minor(books, rail="cheque"),
        "transfer_refunds_minor": refunds.paid_by_hand_minor(books, rail="transfer"),
        "deferred_minor": -sum(books.balance_minor(account) for account in DEFERRED),
        "refunds_payable_minor": -books.balance_minor(REFUNDS_PAYABLE),
        "ledger_sum_minor": books.imbalance_minor,
        "provider_refund_objects": len(records.provider_refunds),
        "mails": len(records.mails),
        "letters": len(records.letters),
        "persons_told": len(post.persons_told),
        "refunds_doubled": refunds.doubled_count,
        "refunds_missing": refunds.missing_count,
        "messages_doubled": post.doubled_count,
        "messages_ambiguous": sum(message["state"] == "ambiguous" for message in records.messages),
        "left_before": len(records.left),
        "left_refunded_minor": books.credited("left:", REFUNDS_PAYABLE),
        "left_kept_minor": books.credited("left:", FEES_KEPT),
        "left_voided_minor": books.credited("left:", RECEIVABLES),
        "left_released_minor": books.credited("left:", GRANT_FUNDS),
    }
    return Findings(figures, [*refunds.contradictions(books), *_left_otherwise(records, books), *post.contradictions])


class _Books:
    """The ledger of one conference, added up anew."""

    def __init__(self, entries: Iterable[Document]) -> None:
        self._entries = list(entries)

    def credited(self, source: str, account: str) -> int:
        """What entries from one kind of source have put on the credit side of an account."""
        return -sum(_on(entry, account) for entry in self._entries if entry["_id"].startswith(source))

    def of(self, source: str, account: str) -> dict[str, int]:
        """What each entry from one kind of source has moved on an account, by what it is about."""
        moved: dict[str, int] = defaultdict(int)
        for entry in self._entries:
            kind, _, rest = entry["_id"].partition(":")
            if kind == source:
                moved[rest.rpartition(":")[0]] += _on(entry, account)
        return moved

    def balance_minor(self, account: str) -> int:
        """Debits less credits."""
        return sum(_on(entry, account) for entry in self._entries)

    @property
    def imbalance_minor(self) -> int:
        """What debits and credits differ by, entry by entry, so that two wrong ones can't make up for each other."""
        return sum(abs(sum(line["amount_minor"] for line in entry["lines"])) for entry in self._entries)


class _Refunds:
    """The refund jobs of a run, held against the provider's own objects."""

    def __init__(self, records: Records) -> None:
        self._jobs = {each["_id"]: each for each in records.refunds}
        self._objects = records.provider_refunds
        self._others = {each["_id"]: each for each in records.other_refunds}
        self._other_objects = records.other_provider_refunds
        self._by_job: dict[str, list[Document]] = defaultdict(list)
        for each in self._objects:
            self._by_job[each["metadata"].get("refund", "")].append(each)
        self._owed = _owed_by_choice(records)

    @property
    def card_sent_minor(self) -> int:
        """What has left the provider's balance for cards, whether or not it came back later."""
        return _sent_minor(self._objects)

    @property
    def card_failed_minor(self) -> int:
        """What came back."""
        return _failed_minor(self._objects)

    @property
    def doubled_count(self) -> int:
        """Jobs with two objects at the provider that did not fail."""
        standing = [[each for each in objects if _stands(each)] for objects in self._by_job.values()]
        return sum(len(objects) > 1 for objects in standing)

    @property
    def missing_count(self) -> int:
        """Refunds that are owed and have not arrived, or are believed to have arrived and are not at the provider."""
        unpaid = [each for each in self._jobs.values() if not self._has_arrived(each)]
        planned = {each["order"] for each in self._jobs.values()}
        return len(unpaid) + len(self._owed - planned)

    def paid_by_hand_minor(self, books: _Books, *, rail: str) -> int:
        """What the books say has left the bank for refunds that went by cheque, or by transfer."""
        paid = books.of("refund_settled", BANK)
        return -sum(amount for job, amount in paid.items() if job in self._jobs and self._jobs[job]["rail"] == rail)

    def contradictions(self, books: _Books) -> list[str]:
        """Where the books, the jobs and the provider tell different stories."""
        strangers = [each["id"] for job, objects in self._by_job.items() if job not in self._jobs for each in objects]
        sentences = [f"The provider's refund {each} belongs to no refund of ours." for each in strangers]
        objects = [*self._objects, *self._other_objects]  # the books are those of the conference, not of the run
        sent_minor, told_sent_minor = -sum(books.of("refund_settled", CARD_BALANCE).values()), _sent_minor(objects)
        back_minor, told_back_minor = sum(books.of("refund_reversed", CARD_BALANCE).values()), _failed_minor(objects)
        unseen_minor = told_sent_minor - sent_minor  # heard of only when it had come back: in the books neither way
        if unseen_minor < 0 or unseen_minor != told_back_minor - back_minor:
            if sent_minor != told_sent_minor:
                sentences.append(f"The books say {sent_minor} was refunded to cards, the provider {told_sent_minor}.")
            if back_minor != told_back_minor:
                sentences.append(f"The books say {back_minor} came back from cards, the provider {told_back_minor}.")
        sentences += [f"The refund {each} outside of the run is not settled." for each in self._open_others()]
        references = Counter(each["reference"] for each in self._jobs.values() if each["state"] == "settled")
        sentences += [f"{count} refunds have the reference {each}." for each, count in references.items() if count > 1]
        return sentences

    def _open_others(self) -> list[str]:
        return [id_ for id_, each in self._others.items() if each["state"] != "settled"]

    def _has_arrived(self, job: Document) -> bool:
        if job["state"] != "settled":
            return False
        standing = [_minor(each) for each in self._by_job[job["_id"]] if _stands(each)]
        return standing == [job["amount_minor"]] if job["rail"] == "card" else not standing


def _settled(records: Records) -> set[str]:
    """The ended registrations every cent of which has found its end, counted from what the money became."""
    became: dict[str, int] = defaultdict(int)
    for each in records.late_payments:
        became[each["order"]] -= each["captured_minor"]
    for each in (*records.credits, *records.donations):
        became[each["order"]] += each["amount_minor"]
    open_orders = set()
    for each in records.refunds:
        became[each["order"]] += each["amount_minor"]
        if each["state"] != "settled":
            open_orders.add(each["order"])
    settled = set()
    for order in records.orders:
        for ending in (each for each in order["endings"] if each["cause"] == "conference_cancelled"):
            accounted = sum(ending[name] for name in ("written_off_minor", "released_minor", "kept_minor"))
            total_minor = sum(line["amount_minor"] for line in order["lines"] if line["ending"] == ending["id"])
            if order["_id"] not in open_orders and accounted + became[order["_id"]] == total_minor:
                settled.update(ending["registrations"])
    return settled & {id_ for id_, each in records.registrations.items() if each["life"] == "cancelled"}


def _left_otherwise(records: Records, books: _Books) -> list[str]:
    """Where the orders of those who left say otherwise than the books what goes back to them, or who they are."""
    endings = [ending for order in records.orders for ending in order["endings"] if ending["cause"] == LEFT]
    booked_minor = books.credited("left:", REFUNDS_PAYABLE)
    ordered_minor = sum(share["amount_minor"] for ending in endings for share in ending["refunds"])
    left, ended = {each["_id"] for each in records.left}, {id_ for each in endings for id_ in each["registrations"]}
    return [
        *([] if booked_minor == ordered_minor else [_LEFT_OTHERWISE.format(booked_minor, ordered_minor)]),
        *(f"{id_} has left, and its order or its registration doesn't say so." for id_ in sorted(left ^ ended)),
    ]


def _owed_by_choice(records: Records) -> set[str]:
    """The orders whose money goes back, as it was finally fixed; of several, under one of them for all."""
    return {
        each["order"]
        for each in records.registrations.values()
        if each["fixed"] and each["fixed"]["choice"] == "refund" and each["offer"]["refundable_minor"] > 0
    }


def _sent_minor(objects: Iterable[Document]) -> int:
    return sum(_minor(each) for each in objects if each["balance_transaction"])


def _failed_minor(objects: Iterable[Document]) -> int:
    return sum(_minor(each) for each in objects if each["status"] == "failed")


def _on(entry: Document, account: str) -> int:
    return sum(line["amount_minor"] for line in entry["lines"] if line["account"] == account)


def _minor(refund: Document) -> int:
    return to_minor(refund["amount"], refund["currency"].upper())


def _stands(refund: Document) -> bool:
    return refund["status"] not in ("failed", "canceled")
