"""Owns what can be set from the environment; leaves every default in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

API_VERSION = "2026-10-28.endive"  # what the pinned SDK speaks; written into every event
TEST_KEY_PREFIX = "sk_test_"


class SettingRefused(ValueError):
    """A setting has a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the provider is told from outside before it starts."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 4010
    public_url: str = ""
    api_key: str = ""
    webhook_url: str = ""
    webhook_secret: str = "whsec_local"
    webhook_types: frozenset[str] = frozenset()  # empty: all of them
    is_limited: bool = True
    capture_seconds: int = 1  # a card payment is on the balance so long after it was made; 0: at once
    funds_delay_days: int = 2  # a card payment's money can be used after so many days

    @property
    def address(self) -> str:
        """Where a browser finds the hosted payment page."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def accepts_key(self, key: str) -> bool:
        return key == self.api_key if self.api_key else key.startswith(TEST_KEY_PREFIX)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings as the environment states them; a value that cannot be used stops the start."""
    types = environment.get("PROVIDER_WEBHOOK_EVENTS", "").replace(",", " ").split()
    return Settings(
        data=Path(environment.get("PROVIDER_DATA", "var/provider")),
        host=environment.get("PROVIDER_HOST", "127.0.0.1"),
        port=_whole_number(environment, "PROVIDER_PORT", default=4010),
        public_url=environment.get("PROVIDER_PUBLIC_URL", ""),
        api_key=environment.get("PROVIDER_API_KEY", ""),
        webhook_url=environment.get("PROVIDER_WEBHOOK_URL", ""),
        webhook_secret=environment.get("PROVIDER_WEBHOOK_SECRET", "whsec_local"),
        webhook_types=frozenset(types) - {"*"},
        is_limited=_on_or_off(environment, "PROVIDER_LIMITER", default="on"),
        capture_seconds=_whole_number(environment, "PROVIDER_CAPTURE_SECONDS", default=1),
        funds_delay_days=_whole_number(environment, "PROVIDER_FUNDS_DELAY_DAYS", default=2),
    )


def _whole_number(environment: Mapping[str, str], name: str, *, default: int) -> int:
    text = environment.get(name, "") or str(default)
    if not text.isdecimal():
        raise SettingRefused(f"{name} must be a whole number, not {text!r}. The provider was not started.")
    return int(text)


def _on_or_off(environment: Mapping[str, str], name: str, *, default: str) -> bool:
    text = environment.get(name, "") or default
    if text not in {"on", "off"}:
        raise SettingRefused(f"{name} must be on or off, not {text!r}. The provider was not started.")
    return text == "on"
