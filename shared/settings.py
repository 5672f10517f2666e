"""What a service is told by its environment, read once at start; a missing or senseless value is said in a sentence."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

SERVICES = ("scheduling", "registration", "payments", "notifications")


class SettingMissing(SystemExit):
    """A setting without which the service can't start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One service's settings; the names in the environment are the same in capitals."""

    service: str
    mongo_url: str
    kafka_bootstrap_servers: str
    secret_key: str
    database_prefix: str = "reconvene_"
    topic_prefix: str = ""
    kafka_options: Mapping[str, str]
    host: str = "127.0.0.1"
    port: int = 8000
    urls: Mapping[str, str]  # public base address of each service, without path
    committee_password: str = ""
    finance_password: str = ""
    worker_index: int = 0  # which of `worker_count` workers of this service this is, from 0
    worker_count: int = 1
    clock_movable: bool = False
    trusted_proxy: str = ""  # its address: whose word about a client's address and https is believed; nobody's if empty
    log_level: str = "info"
    environment: Mapping[str, str]  # for what only one service reads

    @property
    def database_name(self) -> str:
        """The service's own database."""
        return self.database_prefix + self.service

    def topic(self, service: str) -> str:
        """The topic that a service publishes to."""
        return self.topic_prefix + service

    def required(self, name: str) -> str:
        """A setting that only this service needs."""
        return _required(self.environment, name)

    @classmethod
    def from_environment(cls, service: str, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings of one service; raises `SettingMissing`."""
        given = os.environ if environment is None else environment
        return cls(
            service=service,
            mongo_url=_required(given, "MONGO_URL"),
            kafka_bootstrap_servers=_required(given, "KAFKA_BOOTSTRAP_SERVERS"),
            secret_key=_required(given, "SECRET_KEY"),
            database_prefix=given.get("DATABASE_PREFIX", "reconvene_"),
            topic_prefix=given.get("TOPIC_PREFIX", ""),
            kafka_options=_kafka_options(given),
            host=given.get("HOST", "127.0.0.1"),
            port=_number(given, "PORT", 8000),
            urls={name: given.get(f"{name.upper()}_URL", "").rstrip("/") for name in SERVICES},
            committee_password=given.get("COMMITTEE_PASSWORD", ""),
            finance_password=given.get("FINANCE_PASSWORD", ""),
            worker_index=_number(given, "WORKER_INDEX", 0),
            worker_count=_number(given, "WORKER_COUNT", 1),
            clock_movable=given.get("CLOCK_MOVABLE", "") == "yes",
            trusted_proxy=given.get("TRUSTED_PROXY", ""),
            log_level=given.get("LOG_LEVEL", "info"),
            environment=dict(given),
        )


def _required(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise SettingMissing(f"{name} is not set; the service can't start without it. See the README, 'Settings'.")
    return given[name]


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal():
        raise SettingMissing(f"{name} must be a whole number, not {text!r}.")
    return int(text)


def _kafka_options(given: Mapping[str, str]) -> dict[str, str]:
    names = {
        "KAFKA_SECURITY_PROTOCOL": "security_protocol",
        "KAFKA_SASL_MECHANISM": "sasl_mechanism",
        "KAFKA_SASL_USERNAME": "sasl_plain_username",
        "KAFKA_SASL_PASSWORD": "sasl_plain_password",
        "KAFKA_SSL_CAFILE": "ssl_cafile",
    }
    return {option: given[name] for name, option in names.items() if given.get(name)}
