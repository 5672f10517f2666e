"""The real process, killed before and after each boundary of sending one mail, and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.notifications.messages.domain.messages import State
from shared import crash, process
from tests.integration.neighbours import Neighbours
from tests.integration.notifications_house import Town, announced, cancelled, confirmed, offered, person, town
from tests.namespaces import Namespace
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60.0


@pytest.fixture
def told_town(namespace: Namespace, tmp_path: Path) -> Iterator[Town]:
    """The others have said what leads to one critical message; nobody of this service has listened yet."""
    with town(namespace, tmp_path) as quiet:
        quiet.parts.prepare(topics=process.topics_of(quiet.parts.settings))
        Neighbours(quiet.parts.settings).say(person(), announced(), cancelled(), offered())
        yield quiet


@contextmanager
def service(told: Town, *, crash_point: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """The service as it runs in production, all its parts but the web side."""
    environment = os.environ | dict(told.parts.settings.environment) | {crash.VARIABLE: crash_point}
    started = subprocess.Popen(
        [sys.executable, "-m", "services.notifications", "worker", "relay", "jobs"], cwd=ROOT, env=environment
    )
    try:
        yield started
    finally:
        started.terminate()
        started.wait(30)


@pytest.mark.parametrize(
    ("crash_point", "mail_count", "sent_again"),
    [("mail.sending", 1, 1), ("mail.accepted", 2, 1), ("mail.recorded", 1, 0)],
)
def test_a_killed_sender_loses_no_mail_and_doubles_at_most_the_one_in_flight(
    told_town: Town, crash_point: str, mail_count: int, sent_again: int
) -> None:
    with service(told_town, crash_point=crash_point) as killed:
        wait_until(lambda: killed.poll() is not None, DEADLINE_SECONDS, missing=f"the kill at {crash_point}")
        assert killed.returncode == -signal.SIGKILL
    told_town.let_time_pass()

    with service(told_town):
        wait_until(
            lambda: [each.state for each in told_town.messages()] == [State.ACCEPTED],
            DEADLINE_SECONDS,
            missing=lambda: f"one accepted message, there are {told_town.messages()}",
        )

    mails = told_town.mails()
    assert (len(mails), told_town.only().sent_again) == (mail_count, sent_again)
    assert {mail.message_id for mail in mails} == {f"<{told_town.only().id}@reconvene.example>"}


def test_a_service_that_stops_and_starts_again_tells_each_thing_once(told_town: Town) -> None:
    neighbours = Neighbours(told_town.parts.settings)

    with service(told_town):
        wait_until(lambda: told_town.mails(), DEADLINE_SECONDS, missing="the first mail")
    neighbours.say(confirmed(1))
    neighbours.say_all_again()
    with service(told_town):
        wait_until(lambda: len(told_town.mails()) > 1, DEADLINE_SECONDS, missing="the second mail")

    purposes = [mail.headers["X-Reconvene-Purpose"] for mail in told_town.mails()]
    assert purposes == ["conference_cancelled", "registration_confirmed"]


DYING = """
from services.notifications.app import create
from shared import process
from shared.settings import Settings
from shared.telemetry import configure_logs

def broken(stop):
    raise RuntimeError("a fault nobody thought of")

configure_logs("notifications", "INFO")
parts = create(Settings.from_environment("notifications"))
object.__setattr__(parts, "loops", (broken,))
process.run(parts, roles=["worker", "relay", "jobs"])
"""


def test_a_part_that_dies_ends_the_process_as_failed_so_that_it_is_started_again(told_town: Town) -> None:
    environment = os.environ | dict(told_town.parts.settings.environment)
    ended = subprocess.run(
        [sys.executable, "-c", DYING],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )

    assert ended.returncode == 1, ended.stderr[-2000:]
    assert "part died" in ended.stdout + ended.stderr
    assert "service stopped" in ended.stdout + ended.stderr
