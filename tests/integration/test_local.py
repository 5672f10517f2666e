"""`make run` as a person meets it: it comes up, survives what dies, stops without a trace, and keeps its data."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from deploy.town.ports import is_free
from tests.waiting import wait_until

STORY = """
[conference]
key = "tiny"
title = "Tiny Symposium"
city = "Middelburg"
starts = 2020-05-17
ends = 2020-05-18
zone = "Europe/Amsterdam"
currency = "EUR"
cancelled_on = 2020-04-09
choose_by = 2020-04-30

[[registrations]]
count = 2
tender = "card"
price_minor = 40000

[[registrations]]
count = 1
tender = "purchase_order"
price_minor = 45000
without_email = 1
"""
AS_PERSON = {"Accept": "text/html"}
UP_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0


@dataclass
class Town:
    """`make run` in a process, and what it has printed."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def said(self) -> str:
        """Everything that it has printed so far."""
        return self.output.read_text()

    def address(self, title: str) -> str:
        """The address of what is printed beside a title: the one printed address, and a path."""
        return self.front + self._printed(rf"{title}\s+(/\S*)")

    @property
    def front(self) -> str:
        """The one address, without a path."""
        return self._printed(r"is up at (http://\S+)/$")

    def password(self, role: str) -> str:
        """The key by which a script acts in a role: kept in the data folder, and printed nowhere."""
        keys: dict[str, str] = json.loads((self.output.parent / "data" / "keys.json").read_text())
        return keys[f"{role}_password"]

    def pid_of(self, service: str) -> int | None:
        """The process of one service, while there is one."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
                if f"services.{service}" in child.cmdline():
                    return child.pid
        return None

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C and init systems do."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS_MAX)

    def _printed(self, pattern: str) -> str:
        found = re.search(pattern, self.said, re.MULTILINE)
        assert found, f"{pattern} was not printed:\n{self.said}"
        return found[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of one town, kept from start to start."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "tiny.toml").write_text(STORY)
    return folder


@pytest.fixture(scope="module")
def town(folder: Path) -> Iterator[Town]:
    """A town on its first start, with its story loaded."""
    with started(folder) as running:
        wait_until_up(running)
        yield running


@contextmanager
def started(folder: Path) -> Iterator[Town]:
    """`make run`; stopped at the end, if it isn't by then."""
    ours = {"RECONVENE_DATA": str(folder / "data"), "RECONVENE_STORY": str(folder / "tiny.toml")}
    own_engines = dict.fromkeys(("MONGO_URL", "KAFKA_BOOTSTRAP_SERVERS"), "")
    output = folder / "output"
    with output.open("wb") as opened:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo"],
            env=os.environ | own_engines | ours,
            stdout=opened,
            stderr=opened,
        )
    try:
        yield Town(process, output)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=STOP_SECONDS_MAX)


def wait_until_up(town: Town) -> None:
    """Return when it has greeted."""
    wait_until(
        lambda: "Reconvene is up" in town.said or town.process.poll() is not None,
        UP_SECONDS_MAX,
        missing=lambda: f"the greeting; so far:\n{town.said}",
    )
    assert town.process.poll() is None, f"it ended by itself:\n{town.said}"


def test_a_persona_signs_in_at_every_desk_with_one_click_and_no_password_is_printed(town: Town) -> None:
    desk = town.address("Host committee")
    visitor = requests.Session()
    visitor.headers["Accept"] = "text/html"
    form = visitor.get(town.address("Sign in"), params={"next": desk}, timeout=10)

    token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert token, form.text
    fields = {"csrf_token": token[1], "persona": "helen@iimc.example", "next": desk}
    signed_in = visitor.post(f"{town.front}/registration/accounts/personas", data=fields, timeout=10)

    assert signed_in.url == desk
    assert "Tiny Symposium" in signed_in.text
    for title in ("Registration", "Messages, letters"):
        assert "Signed in as Helen Okafor" in visitor.get(town.address(title), timeout=10).text
    assert not [role for role in ("committee", "finance") if town.password(role) in town.said]


def test_one_address_is_printed_and_everything_stands_behind_it(town: Town) -> None:
    assert set(re.findall(r"http://\S+", town.said)) == {f"{town.front}/"}

    pages = ("Sign in", "Conferences", "Host committee", "Registration", "Finance", "Messages, letters", "Every mail")
    shown = {title: requests.get(town.address(title), headers=AS_PERSON, timeout=10).status_code for title in pages}
    assert shown == dict.fromkeys(pages, 200)
    assert requests.get(f"{town.front}/", headers=AS_PERSON, timeout=10).ok


def test_every_link_in_a_mail_begins_at_the_front_door(town: Town) -> None:
    mailbox = requests.get(town.address("Every mail"), timeout=10).url.rstrip("/")
    mails = requests.get(f"{mailbox}/messages.jsonl", timeout=10).text.splitlines()
    links = [link for mail in mails for link in re.findall(r"https?://[^/\s]+", json.loads(mail)["text"])]

    assert links
    assert set(links) == {town.front}


def test_no_page_leads_past_the_front_door(town: Town) -> None:
    page = requests.get(town.address("Conferences"), headers=AS_PERSON, timeout=10)

    assert "Tiny Symposium" in page.text
    assert {
        link
        for link in re.findall(r'(?:href|action|src)="(http[^"]+)"', page.text)
        if not link.startswith(f"{town.front}/")
    } == set()


def test_the_clock_of_the_town_shows_the_day_of_the_decision(town: Town) -> None:
    assert "In Middelburg it is Thursday 9 April 2020, 09:0" in town.said


def test_passwords_and_keys_are_readable_by_their_owner_alone(town: Town, folder: Path) -> None:
    assert "with one click" in town.said
    assert (folder / "data" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_killed_service_is_started_again(town: Town) -> None:
    killed = town.pid_of("registration")
    assert killed is not None
    ready = town.address("Host committee").rpartition("/scheduling")[0]

    os.kill(killed, signal.SIGKILL)

    wait_until(
        lambda: town.pid_of("registration") not in (None, killed), 30, missing="another process for registration"
    )
    assert requests.get(f"{ready}/scheduling/health", timeout=10).ok, "the others went on"
    wait_until(lambda: "registration has ended and is started again" in town.said, 5, missing="a word about it")


@pytest.mark.timeout(400)
def test_stopping_leaves_no_process_and_a_second_start_keeps_the_data(town: Town, folder: Path) -> None:
    everyone = psutil.Process(town.process.pid).children(recursive=True)

    assert town.stop() == 0
    assert [each for each in everyone if each.is_running()] == []

    with started(folder) as again:
        wait_until_up(again)
        assert "Loading" not in again.said
        conferences = requests.get(again.address("Conferences"), headers={"Accept": "text/html"}, timeout=10)
        assert "Tiny Symposium" in conferences.text
        assert again.stop() == 0


@pytest.mark.timeout(400)
def test_no_process_outlives_a_killed_launcher(town: Town, folder: Path) -> None:
    del town  # its first start has made the data
    with started(folder) as doomed:
        wait_until_up(doomed)
        everyone = psutil.Process(doomed.process.pid).children(recursive=True)
        assert len(everyone) == 9, "the database, the broker, the card provider, the mailbox, four services, the front"

        doomed.process.kill()
        doomed.process.wait()

        wait_until(
            lambda: not [each for each in everyone if each.is_running() and each.status() != psutil.STATUS_ZOMBIE],
            30,
            missing=lambda: f"the end of {[each.name() for each in everyone if each.is_running()]}",
        )


def test_a_port_that_is_taken_is_said_and_nothing_is_started(town: Town, folder: Path) -> None:
    del town
    port = int((folder / "data" / "payments" / "port").read_text())
    # The killed process that had it may be half gone: a zombie to look at, while its last thread still holds the port.
    wait_until(lambda: is_free(port), 30, missing=f"port {port}, which a killed process had")
    with socket.create_server(("127.0.0.1", port)), started(folder) as refused:
        assert refused.process.wait(timeout=30) == 1

        assert f"Port {port} is taken by another process, and payments needs it. Nothing was started" in refused.said


def test_a_story_that_cannot_be_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(STORY.replace("count = 2", "count = -2"))

    with started(tmp_path) as refused:
        assert refused.process.wait(timeout=30) == 2

    assert "Nothing was started" in refused.said
    assert not (tmp_path / "data").exists()
