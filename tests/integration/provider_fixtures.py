"""Owns running the local card provider in tests: a process of its own, on a free port, with a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from deploy.town.ports import free_port
from tests.waiting import wait_until

KEY = "sk_test_reconvene"
START_SECONDS = 20
BOUGHT = datetime(2020, 3, 10, 12, tzinfo=UTC)  # thirty days before the conference is cancelled
CANCELLED = datetime(2020, 4, 9, 14, tzinfo=UTC)

Json = dict[str, Any]


@dataclass
class RunningProvider:
    """One provider process; killed and started again, it keeps its port and its folder."""

    data: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> stripe.StripeClient:
        """The unmodified SDK, pointed at this provider; it never retries behind a test's back."""
        return stripe.StripeClient(KEY, base_addresses={"api": self.address}, max_network_retries=0)

    def start(self) -> None:
        settings = {
            "PROVIDER_DATA": str(self.data),
            "PROVIDER_PORT": str(self.port),
            "PROVIDER_LIMITER": "off",
            "PROVIDER_CAPTURE_SECONDS": "0",
            **self.environment,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.provider"], env=os.environ | settings, stdout=subprocess.DEVNULL
        )
        wait_until(self._answers, START_SECONDS, missing=f"an answer from the provider at {self.address}")

    def kill(self) -> None:
        """As by a power cut to the process: no handler runs."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def control(self, method: str, path: str, said: Json | None = None) -> requests.Response:
        return requests.request(method, f"{self.address}/_provider{path}", json=said, timeout=20)

    def told(self, method: str, path: str, said: Json | None = None) -> Json:
        """The control desk's answer, which must be a good one."""
        answer = self.control(method, path, said)
        assert answer.ok, answer.text
        found: Json = answer.json()
        return found

    def turn(self, **knobs: Any) -> None:
        self.told("POST", "/faults", knobs)

    def move_clock(self, to: datetime) -> None:
        self.told("POST", "/clock", {"now": to.isoformat()})

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the provider ended with status {self.process.poll()}"
        try:
            return requests.get(f"{self.address}/health", timeout=5).ok
        except requests.ConnectionError:
            return False


@pytest.fixture(scope="module")
def shared_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProvider]:
    """One process for the tests of a module, with the rate limit off and money on its balance."""
    running = RunningProvider(tmp_path_factory.mktemp("provider"), free_port())
    running.start()
    running.client.v1.topups.create({"amount": 10_000_000, "currency": "usd"})
    yield running
    running.stop()


@pytest.fixture
def provider(shared_provider: RunningProvider) -> Iterator[RunningProvider]:
    """The module's provider, with every knob back where it was afterwards."""
    yield shared_provider
    shared_provider.told("DELETE", "/faults")


@pytest.fixture
def own_provider(tmp_path: Path) -> Iterator[RunningProvider]:
    """A provider for one test alone: it may be killed, moved in time or limited. The test starts it."""
    running = RunningProvider(tmp_path / "provider", free_port())
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


def pay(client: stripe.StripeClient, amount: int = 57_500, **more: Any) -> stripe.PaymentIntent:
    """A believable card payment whose money can be used at once."""
    asked: Any = {
        "amount": amount,
        "currency": "usd",
        "payment_method": "pm_card_bypassPending",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "capture_method": "automatic",
        **more,
    }
    return client.v1.payment_intents.create(asked)
