"""One service put together alone, and states put into its database as they would be: what is measured is its reading.

Nobody else uses the database meanwhile.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from shared.collection import Collection
from shared.places import PLACES
from shared.process import Parts
from shared.settings import Settings

PASSWORD = "of the bench"
CHUNK_SIZE = 5_000


@contextmanager
def alone(service: str, create: Callable[[Settings], Parts], environment: Mapping[str, str]) -> Iterator[Parts]:
    """A service with an empty database of its own, which goes when it is done."""
    given = {
        **environment,
        "SECRET_KEY": PASSWORD,
        "STRIPE_API_KEY": "sk_test_of_the_bench",
        "STRIPE_WEBHOOK_SECRET": "whsec_of_the_bench",
        "SMTP_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "Bench <bench@reconvene.example>",
        "COMMITTEE_PASSWORD": PASSWORD,
        "FINANCE_PASSWORD": PASSWORD,
        "DATABASE_PREFIX": f"bench_{uuid4().hex[:8]}_",
    }
    parts = create(Settings.from_environment(service, given))
    parts.database.prepare([PLACES, *parts.collections])
    try:
        yield parts
    finally:
        parts.database.client.drop_database(parts.settings.database_name)
        parts.database.close()


def insert(parts: Parts, collection: Collection[Any], states: Iterable[Any]) -> None:
    """Keep these states as if each had been written once."""
    chunk: list[dict[str, Any]] = []
    for state in states:
        chunk.append({**collection.document(state), "version": 1, "event_count": 0})
        if len(chunk) == CHUNK_SIZE:
            parts.database.mongo[collection.name].insert_many(chunk)
            chunk = []
    if chunk:
        parts.database.mongo[collection.name].insert_many(chunk)


def shown_seconds(client: Any, page: str, *, role: str = "finance") -> float:
    """How long this desk waits for a page or a file of a service."""
    began = time.perf_counter()
    response = client.get(page, auth=(role, PASSWORD), headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    return time.perf_counter() - began
