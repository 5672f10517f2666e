"""Owns leaving engines that others use too as they were found: the databases and topics of one town are dropped."""

from typing import Any

from kafka import KafkaAdminClient
from pymongo import MongoClient

from deploy.town.wiring import Wiring


def clear_given_engines(wiring: Wiring) -> None:
    """Drop what the town has made on engines that were given; those it started itself go with its data folder."""
    if wiring.given.get("MONGO_URL"):
        _drop_databases(wiring.engines["MONGO_URL"], prefix=wiring.database_prefix)
    if wiring.given.get("KAFKA_BOOTSTRAP_SERVERS") and wiring.topic_prefix:
        _drop_topics(wiring)


def _drop_databases(mongo_url: str, *, prefix: str) -> None:
    client: MongoClient[dict[str, Any]]
    with MongoClient(mongo_url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


def _drop_topics(wiring: Wiring) -> None:
    admin = KafkaAdminClient(bootstrap_servers=wiring.engines["KAFKA_BOOTSTRAP_SERVERS"], **wiring.kafka_options)
    try:
        ours = [name for name in admin.list_topics() if name.startswith(wiring.topic_prefix)]
        if ours:
            admin.delete_topics(ours)
    finally:
        admin.close()
