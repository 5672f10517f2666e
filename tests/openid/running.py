"""Owns the provider's process: installs it once, starts it, and says who is known there and by which keys it signs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import requests

from deploy import npm
from deploy.town.engines.install import cache_folder
from deploy.town.ports import free_port
from tests.waiting import wait_until

HERE = Path(__file__).parent
START_SECONDS_MAX = 60.0
CLIENT_ID, CLIENT_SECRET = "reconvene", "a secret of the tests and of nothing else"


@dataclass(frozen=True)
class RunningProvider:
    """A provider that answers, and whom it knows."""

    issuer: str

    def know(self, subject: str, *, mail: str, is_verified: bool = True) -> None:
        """Let somebody sign in there who says that they are this."""
        self._told(people={subject: {"email": mail, "email_verified": is_verified}})

    def change_keys(self, kid: str) -> None:
        """Sign with another key from now on; nobody is signed in there any more."""
        self._told(kid=kid)

    def signed(self, address: str, subject: str) -> str:
        """Sign in there as a browser does, from where our sign-in led to; where one is led back to."""
        browser = requests.Session()
        asked = browser.get(address, timeout=10)
        form = {"sub": subject} if subject else {"abort": "yes"}
        answer = browser.post(asked.url, data=form, timeout=10, allow_redirects=False)
        while answer.headers.get("Location", "").startswith((self.issuer, "/")):
            there = requests.compat.urljoin(self.issuer, answer.headers["Location"])
            answer = browser.get(there, timeout=10, allow_redirects=False)
        assert "Location" in answer.headers, answer.text
        return answer.headers["Location"]

    def _told(self, **said: Any) -> None:
        requests.post(f"{self.issuer}/_test", json=said, timeout=10).raise_for_status()


@contextmanager
def provider(*, back: str, log: Path, port: int = 0) -> Iterator[RunningProvider]:
    """Run one, that leads back to there."""
    number = port or free_port()
    own = {"PORT": str(number), "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "REDIRECT_URI": back}
    program = [*npm.node(), str(installed() / "provider.mjs")]
    with log.open("wb") as output:
        process = subprocess.Popen(program, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT)
    try:
        issuer = f"http://127.0.0.1:{number}"
        wait_until(lambda: _answers(issuer), START_SECONDS_MAX, missing=log.read_text)
        yield RunningProvider(issuer)
    finally:
        process.terminate()
        process.wait(10)


@cache
def installed() -> Path:
    """The folder of the program and all that it needs, as the lock pins it; made once for all tests of a machine."""
    files = ("package.json", "package-lock.json", "provider.mjs")
    digest = hashlib.sha256(b"".join((HERE / each).read_bytes() for each in files)).hexdigest()[:16]
    folder = cache_folder() / f"openid-{digest}"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "openid.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            scratch = folder.with_suffix(".making")
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            for each in files:
                shutil.copy(HERE / each, scratch)
            npm.install(scratch)
            scratch.rename(folder)
    return folder


def _answers(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).ok
    except requests.ConnectionError:
        return False
