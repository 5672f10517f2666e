"""A release while the real processes of a whole town die at each named point of its way to people: no page shows a
state that never was, and everybody has one digest."""

import signal
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.chaos.dying import Deaths, DyingServices
from tests.engines import TestEngines
from tests.stories.small_congress import DELEGATES, SPEAKERS, STARRING_C31, WHITLOCK, Standing, person_of, standing

DEATHS: Deaths = {
    "scheduling": ("fanout.stepping", "fanout.stepped", "relay.publishing", "relay.published", "relay.marked"),
    "notifications": ("batch.handling", "batch.committed", "mail.sending", "mail.accepted", "mail.recorded"),
}
PUBLIC = ("programme/schedule.json?v=2", "programme.ics")


class Reader(threading.Thread):
    """Somebody who looks at what is public again and again; there may be no answer, but never a wrong one."""

    def __init__(self, base: str) -> None:
        super().__init__(daemon=True)
        self._base = base
        self._is_over = threading.Event()
        self.seen: dict[str, Counter[str]] = {path: Counter() for path in PUBLIC}

    def run(self) -> None:
        """Look until told to stop."""
        while not self._is_over.wait(0.05):
            for path in PUBLIC:
                with suppress(requests.RequestException):
                    answer = requests.get(f"{self._base}/{path}", timeout=10)
                    if answer.ok:
                        self.seen[path][answer.text] += 1

    def end(self) -> dict[str, Counter[str]]:
        """Stop looking; answers everything that was seen."""
        self._is_over.set()
        self.join(30)
        return self.seen


@pytest.mark.timeout(900)
def test_a_release_reaches_everybody_once_though_services_die_at_every_point_of_its_way(
    engines: TestEngines, tmp_path: Path
) -> None:
    with standing(engines, tmp_path / "town") as found:
        congress = found.congress
        congress.edit("PUT", f"sessions/{congress.sessions['C-31']}/slot", {"room": "larger", "starts": LATER})
        before = _public(found)
        reader = Reader(congress.base)
        reader.start()
        dying = DyingServices([DEATHS], town=found.town, deadline=found.deadline, say=lambda _: None)

        with dying.phase():
            seen = congress.look("releases/preview")["seen"]
            _release(found, seen)
        congress.wait(lambda: congress.look("releases/2")["news"]["is_over"], missing="the news of the release")
        readers = {person_of(number)[1] for number in STARRING_C31} | {person_of(WHITLOCK)[1]}
        congress.await_mails("programme_changed", count=len(readers))

        after, shown = _public(found), reader.end()
        assert all(set(shown[path]) <= {before[path], after[path]} for path in PUBLIC)
        assert all(before[path] != after[path] and shown[path] for path in PUBLIC)
        assert dying.signals == {(each, point): signal.SIGKILL for each, points in DEATHS.items() for point in points}
        sent = {
            (mail["to"][0], mail["message_id"])
            for mail in congress.caller.lines(f"{congress.town.mailbox}/messages.jsonl", after=str(congress.read_until))
            if mail["headers"].get("X-Reconvene-Purpose") == "programme_changed"
        }
        assert Counter(reader for reader, _ in sent) == dict.fromkeys(readers, 1)
        assert congress.look("releases")["items"][0]["news"]["told_count"] == len(readers)
        assert len(DELEGATES) > len(readers) > len(SPEAKERS)


LATER = "2020-05-19T14:00:00-05:00"


def _public(found: Standing) -> dict[str, str]:
    return {path: found.congress.caller.get_text(f"{found.congress.base}/{path}") for path in PUBLIC}


def _release(found: Standing, seen: str) -> None:
    """Ask under one key until there is an answer."""
    congress = found.congress
    headers = {"If-Match": f'"{seen}"', "Idempotency-Key": "a-release-while-dying"}
    while True:
        with suppress(requests.ConnectionError):
            answer = requests.post(
                f"{congress.base}/releases",
                json={"name": "Another room"},
                headers=headers,
                auth=congress.town.committee,
                timeout=60,
            )
            if answer.status_code != requests.codes.unavailable:
                assert answer.ok, answer.text
                return
        found.deadline.pause(0.1, missing="an answer to the release")
