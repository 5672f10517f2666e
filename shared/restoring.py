"""Notices that a topic knows more than the database, which was restored from a backup, and takes the rest back from it.

Leaves how the states catch up with what was taken back to `shared.catching_up`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo import UpdateOne

from shared.contracts.envelope import Envelope
from shared.kafka import Broker, end_offsets, records
from shared.mongo import Database
from shared.recall import PENDING, RECALLED
from shared.unit import ARCHIVE


class TopicAhead(SystemExit):
    """The topic holds events that this database doesn't have, so it was restored from a backup, or is another's."""


# noticing


def require_known(
    database: Database, broker: Broker, *, topic: str, starts: Mapping[int, int], ends: Mapping[int, int]
) -> None:
    """Refuse when the topic holds an event between these offsets that the archive doesn't; raises `TopicAhead`."""
    first: Envelope | None = None
    count = 0
    for envelopes in _said(database, broker, topic=topic, starts=starts, ends=ends):
        for each in _unknown(database, envelopes):
            first, count = first or each, count + 1
    if first is not None:
        raise TopicAhead(
            f"The topic {topic} holds events of {database.service} that its database doesn't have ({count:,}; the "
            f"first is number {first.sequence} of {first.key}, {first.type}), so the database is "
            f"{_guessed_cause(database)}. Nothing was started, sent or said. "
            f"Run `python -m services.{database.service} restore`, then start it again."
        )


def _guessed_cause(database: Database) -> str:
    if database.mongo[ARCHIVE].find_one({}, {"_id": 1}):
        return "a restored backup"
    return "empty: it was lost, or it is a new one, which wants topics of its own (another TOPIC_PREFIX)"


def _said(
    database: Database, broker: Broker, *, topic: str, starts: Mapping[int, int], ends: Mapping[int, int]
) -> Iterator[list[Envelope]]:
    """What this service said between these offsets, some hundreds at a time; what isn't its own is left out."""
    own = f"/{database.service}"
    for reads in records(broker, topic, starts=starts, ends=ends):
        yield [each.envelope for each in reads if each.envelope is not None and each.envelope.source == own]


def _unknown(database: Database, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Those that the archive doesn't have, or has otherwise: under the same number with another id."""
    ids = [each.archive_id for each in envelopes]
    known = {each["_id"]: each["id"] for each in database.mongo[ARCHIVE].find({"_id": {"$in": ids}}, {"id": 1})}
    return [each for each in envelopes if known.get(each.archive_id) != each.id]


# taking back


def take_back(database: Database, broker: Broker, *, topic: str) -> int:
    """Take every event of the topic that the archive doesn't have into it; answers how many were missing.

    May be broken off and begun again. A number under which this database has said something else, unheard as yet, is
    refused: somebody let it work before.
    """
    admin = broker.admin()
    try:
        ends = end_offsets(admin, topic)
    finally:
        admin.close()
    count = 0
    for envelopes in _said(database, broker, topic=topic, starts={}, ends=ends):
        missing = {each.archive_id: each for each in _unknown(database, envelopes)}
        if not missing:
            continue
        writes = [UpdateOne({"_id": id_}, {"$setOnInsert": _row(each)}, upsert=True) for id_, each in missing.items()]
        taken = database.mongo[ARCHIVE].bulk_write(writes, ordered=False).upserted_count
        if taken != len(missing):
            raise SystemExit(
                f"Under {len(missing) - taken:,} numbers this database says something else than the topic {topic} (one "
                f"is {next(iter(missing))}): it worked on after it was restored. What was missing so far was taken "
                "back, and nothing else was changed. Restore the backup once more, and run this before you start it."
            )
        count += taken
    return count


def _row(envelope: Envelope) -> dict[str, Any]:
    return {
        "key": envelope.key,
        "sequence": envelope.sequence,
        "id": envelope.id,
        "type": envelope.type,
        "time": envelope.time,
        "data": envelope.data,
        "correlation": envelope.correlation,
        "causation": envelope.causation,
        "actor": envelope.actor,
        "published": True,
        RECALLED: PENDING,
    }
