"""Owns the separation of tests that share one database and one broker: names of their own, dropped afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from pymongo import MongoClient

from tests.engines import TestEngines


@dataclass(frozen=True)
class Namespace:
    """Prefixes that nobody else uses, and the settings by which a service takes them."""

    engines: TestEngines
    database_prefix: str
    topic_prefix: str

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a service that lives in this namespace."""
        return {
            **self.engines.environment,
            "DATABASE_PREFIX": self.database_prefix,
            "TOPIC_PREFIX": self.topic_prefix,
        }


@contextmanager
def fresh_namespace(engines: TestEngines) -> Iterator[Namespace]:
    """A namespace for the length of a test or a module; its databases and topics are dropped at the end."""
    word = f"t{secrets.token_hex(4)}"
    namespace = Namespace(engines=engines, database_prefix=f"{word}_", topic_prefix=f"{word}.")
    try:
        yield namespace
    finally:
        _drop_databases(namespace)
        _drop_topics(namespace)


def _drop_databases(namespace: Namespace) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(namespace.engines.mongo_url)
    with client:
        for name in client.list_database_names():
            if name.startswith(namespace.database_prefix):
                client.drop_database(name)


def _drop_topics(namespace: Namespace) -> None:
    admin = KafkaAdminClient(bootstrap_servers=namespace.engines.kafka_bootstrap)
    try:
        ours = [name for name in admin.list_topics() if name.startswith(namespace.topic_prefix)]
        if ours:
            admin.delete_topics(ours)
    finally:
        admin.close()
