"""Owns scheduling's web side as a process of its own, for tests that need no more of the town than that."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests
from playwright.sync_api import Page

from deploy.town.ports import free_port
from shared.clock import host_now
from shared.crash import VARIABLE
from shared.mongo import Database
from shared.principals import Role
from shared.settings import Settings
from shared.statements import COOKIE
from tests.namespaces import Namespace
from tests.town import settings_for, statement_of
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60.0


@dataclass
class Server:
    """Scheduling's web side as a process of its own, that may die."""

    settings: Settings
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}/scheduling"

    def let_in(self, page: Page, role: Role) -> None:
        """Let a browser bring what registration, which doesn't run here, gives to somebody of this role."""
        said = statement_of(self.settings, role, name="Casey Colleague")
        page.context.add_cookies([{"name": COOKIE, "value": said, "url": self.address}])

    def start(self, *, dies_at: str = "") -> None:
        environment = os.environ | self.settings.environment | {VARIABLE: dies_at, "HOST": "127.0.0.1"}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.scheduling", "web"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, DEADLINE_SECONDS, missing=self.log.read_text)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None


@contextmanager
def served(namespace: Namespace, database: Database, folder: Path, *, now: datetime) -> Iterator[Server]:
    """A server on this namespace, at this time."""
    server = Server(settings_for("scheduling", namespace, port=free_port()), folder / "web.log")
    kept = {"business": now.isoformat(), "host": host_now().isoformat()}
    database.mongo["clock"].update_one({"_id": "business"}, {"$set": kept}, upsert=True)
    try:
        server.start()
        yield server
    finally:
        server.kill()
