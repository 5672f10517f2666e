"""What a decision would do to one service's part: asked for, looked up at one moment, told, and compared with before.

Owns what all services have in common of a preview: the inquiry with its job, whom it concerned, the digest over that,
and the difference between two of them. What a kind of decision would do is each service's own `previews`.

Nothing is changed by a preview. Whom it concerned is kept until the same decision was previewed again, and the later
one compared with another, so that a difference can be said in words and not only as another digest.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.operations import IndexModel

from shared.acting import following
from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.consequences import ANOMALY_COUNT_MAX, LINE_COUNT_MAX, Anomaly, Consequence, Drift
from shared.contracts.scheduling import PreviewAsked
from shared.findings import Findings, Inquiry, Population, digest_of_text, drift_of, inquiry_of
from shared.ids import digest_of
from shared.jobs import DUE_INDEX, due
from shared.mongo import Database
from shared.telemetry import correlated, correlation
from shared.unit import Unit

CHUNK_SIZE = 1_000  # members to a document, far from the size that a document may have
BREATH_COUNT = 50  # looked at in one go; then everybody else in the process has a turn as long as that took
KEPT_FOR = timedelta(days=400)  # whom it concerned, where nobody previews that decision again
REST_SECONDS_MAX = 0.1
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Some of those whom a preview concerned, by id, each with the digest of its facts and its sum."""

    id: str
    preview: str
    conference: str
    decision: str
    kept_at: datetime  # on the host's clock
    members: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a service answers, in the words of its event."""

    count: int
    population: str
    currency: str
    lines: tuple[Consequence, ...]
    anomalies: tuple[Anomaly, ...]
    digest: str
    drift: Drift
    terms: str
    texts: str

    @property
    def said(self) -> dict[str, Any]:
        """The fields of the event that all services' answers have."""
        names = ("count", "population", "currency", "lines", "anomalies", "digest", "drift")
        return {name: getattr(self, name) for name in names}


INQUIRIES = Collection("inquiries", Inquiry, (DUE_INDEX,), routes=("preview",))
MEMBERS = Collection(
    "preview_members",
    Members,
    (
        IndexModel([("preview", ASCENDING)], name="preview"),
        IndexModel([("decision", ASCENDING), ("preview", ASCENDING)], name="decision"),
        IndexModel([("kept_at", ASCENDING)], name="kept", expireAfterSeconds=int(KEPT_FOR.total_seconds())),
    ),
)
COLLECTIONS: tuple[Collection[Any], ...] = (INQUIRIES, MEMBERS)

Look: TypeAlias = Callable[[Database, ClientSession, Inquiry], Findings]


def begin(unit: Unit, said: PreviewAsked) -> None:
    """Have a look later, outside of the transaction that heard of it; asked twice, it is one preview."""
    chain = unit.cause.correlation if unit.cause else correlation()
    unit.add(INQUIRIES, inquiry_of(said, correlation=chain, actor=unit.actor), job=due())


@contextmanager
def on_behalf(inquiry: Inquiry) -> Iterator[None]:
    """What is said in here belongs to what the asking has set going."""
    with correlated(inquiry.correlation), following(inquiry.actor):
        yield


def look_at_one_moment(database: Database, inquiry: Inquiry, look: Look) -> Findings:
    """What is found by reading all of it as it was at one moment, outside of any transaction."""
    with database.client.start_session(snapshot=True) as session:
        return look(database, session, inquiry)


def nothing_known(_database: Database, _session: ClientSession, inquiry: Inquiry) -> Findings:
    """A kind of decision that this version doesn't know: said, so that nobody takes silence for "nothing"."""
    odd = Anomaly(what="kind_unknown", count=1, ids=(inquiry.kind,))
    return Findings(registrations=(), members={}, lines=(), anomalies=(odd,))


def reply(database: Database, inquiry: Inquiry, findings: Findings) -> Reply:
    """The answer: lines, what is odd, the digest, and what differs from the preview that it is compared with.

    Whom it concerned is kept under the preview; asking again writes the same.
    """
    assert len(findings.lines) <= LINE_COUNT_MAX
    assert len(findings.anomalies) <= ANOMALY_COUNT_MAX
    members = {id_: (digest_of_text(each.facts), each.amount_minor) for id_, each in findings.members.items()}
    terms, texts = digest_of_text(findings.terms), digest_of_text(findings.texts)
    before = _kept(database, inquiry.compared_with) if inquiry.compared_with else None
    reply = Reply(
        count=len(findings.registrations),
        population=digest_of(findings.registrations),
        currency=findings.currency,
        lines=tuple(findings.lines),
        anomalies=tuple(findings.anomalies),
        digest=digest_of((*(f"{id_} {facts} {minor}" for id_, (facts, minor) in members.items()), terms, texts)),
        drift=drift_of(before, members, terms=terms, texts=texts),
        terms=terms,
        texts=texts,
    )
    _keep(database, inquiry, members)
    return reply


def breathing(each: Iterable[T]) -> Iterator[T]:
    """These, with rests in between, so that whoever else works in this process goes on meanwhile."""
    began = time.thread_time()
    for number, one in enumerate(each, start=1):
        yield one
        if number % BREATH_COUNT == 0:
            time.sleep(min(time.thread_time() - began, REST_SECONDS_MAX))
            began = time.thread_time()


def _kept(database: Database, preview: str) -> Population | None:
    inquiry = database.mongo[INQUIRIES.name].find_one({"_id": preview})
    if inquiry is None or not inquiry["terms"]:
        return None
    chunks = [MEMBERS.state(each) for each in database.mongo[MEMBERS.name].find({"preview": preview})]
    if not chunks:
        return None
    members = {id_: member for chunk in chunks for id_, member in chunk.members.items()}
    return Population(members=members, terms=inquiry["terms"], texts=inquiry["texts"])


def _keep(database: Database, inquiry: Inquiry, members: Mapping[str, tuple[str, int]]) -> None:
    """Whom it concerned; whom earlier previews of the same decision did is kept no longer, but for the compared one."""
    kept, ids, now = database.mongo[MEMBERS.name], sorted(members), host_now()
    chunks = [
        Members(
            id=f"{inquiry.id}:{number}",
            preview=inquiry.id,
            conference=inquiry.conference,
            decision=inquiry.decision,
            kept_at=now,
            members={id_: members[id_] for id_ in ids[at : at + CHUNK_SIZE]},
        )
        for number, at in enumerate(range(0, max(len(ids), 1), CHUNK_SIZE))
    ]
    for chunk in chunks:
        kept.replace_one({"_id": chunk.id}, MEMBERS.document(chunk) | {"version": 1, "event_count": 0}, upsert=True)
    superseded = {"$lt": inquiry.id, "$ne": inquiry.compared_with}
    kept.delete_many({"decision": inquiry.decision, "preview": superseded})
