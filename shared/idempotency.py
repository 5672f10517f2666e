"""The same request twice has one effect and one answer: `Idempotency-Key` on every POST that makes or moves something.

The key, the digest of the request and its answer are saved in the command's own transaction, so that no crash can keep
one without the other. Same key and same body: the same answer. Same key and another body: 422.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from pymongo import ASCENDING
from pymongo.errors import PyMongoError
from pymongo.operations import IndexModel

from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.flow import declaration
from shared.mongo import Database, may_pass
from shared.problem import Invalid, Refusal
from shared.unit import Conflict, Unit

KEPT_SECONDS = 30 * 24 * 3600


class IdempotencyKeyMissing(Refusal):
    """A POST that makes or moves something needs a key, so that a repeated request can be told from a new one."""

    status: ClassVar[int] = 400
    title = "Idempotency-Key header missing"


class IdempotencyKeyReused(Invalid):
    """The key was used before for another request; nothing was changed."""

    title = "Idempotency-Key used before"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMade:
    """A request that was granted: its key, what it asked, what it was answered."""

    id: str
    digest: str
    answer: bytes
    made_at: datetime


REQUESTS = Collection(
    "requests",
    RequestMade,
    (IndexModel([("made_at", ASCENDING)], expireAfterSeconds=KEPT_SECONDS),),
)


def run_once(
    database: Database,
    command: Callable[..., Any],
    /,
    *,
    key: str,
    scope: str,
    answer: Callable[[Any], Any],
    **arguments: Any,
) -> Any:
    """Run a command unless this key has been here: then give the answer of that time.

    `scope` tells whose key it is (an account, or the address for the public); `answer` turns the command's result into
    what is answered (JSON). Raises `IdempotencyKeyReused` and whatever the command refuses.
    """
    declared = declaration(command)
    if declared is None:
        raise TypeError(f"{command.__name__} is not declared as a command")
    id_ = f"{scope}:{key}"
    digest = hashlib.sha256(
        msgspec.json.encode([command.__qualname__, arguments], enc_hook=str, order="deterministic")
    ).hexdigest()

    def once(unit: Unit) -> Any:
        answered = msgspec.json.encode(answer(command(unit, **arguments)), enc_hook=str)
        unit.insert(REQUESTS, RequestMade(id=id_, digest=digest, answer=answered, made_at=host_now()))
        return msgspec.json.decode(answered)

    def look_first(unit: Unit) -> Any:
        made = unit.load(REQUESTS, id_)
        if made is None:
            return once(unit)
        if made.digest != digest:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used for another request. Nothing was changed; use a new key."
            )
        return msgspec.json.decode(made.answer)

    # Nearly every key is new, so nobody looks at first: had it been here, keeping it again would undo everything.
    try:
        return database.attempt(once, emits=declared.emits, starts=declared.may_start)
    except (Refusal, Conflict, PyMongoError) as error:
        if not isinstance(error, Refusal) and not may_pass(error):
            raise
    return database.transact(look_first, emits=declared.emits, starts=declared.may_start)
