"""Asking a town over HTTP: outages are waited out, refusals are not, and one deadline ends it all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.town.calls import Caller, CallRefused, Deadline, OutOfTime, Stopped
from deploy.town.ports import free_port


class Door(BaseHTTPRequestHandler):
    """Answers with what the test has laid out, one after the other, the last one for ever."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[int, object]]
    requests: list[tuple[str, str, str | None]]

    def _answer(self) -> None:
        body_length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(body_length)
        self.requests.append((self.command, self.path, self.headers.get("Idempotency-Key")))
        status, document = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815 (the server's names)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def door(*answers: tuple[int, object], port: int = 0) -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    """A server with these answers: its address, and the requests that it has had."""
    requests: list[tuple[str, str, str | None]] = []
    handler = type("DoorOfTest", (Door,), {"answers": list(answers), "requests": requests})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()


def test_a_service_that_is_away_is_asked_again_under_the_same_key() -> None:
    with door((503, {}), (502, {}), (201, {"made": "once"})) as (address, requests):
        answer = Caller(Deadline(10)).post(f"{address}/things", {"a": 1}, key="k1")

    assert answer == {"made": "once"}
    assert requests == [("POST", "/things", "k1")] * 3


def test_a_service_that_is_not_there_yet_is_waited_for() -> None:
    port = free_port()
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(Caller(Deadline(10)).get(f"http://127.0.0.1:{port}/")))
    asking.start()

    with door((200, {"up": True}), port=port):
        asking.join(10)

    assert answers == [{"up": True}]


def test_a_refusal_is_not_asked_again_and_names_itself() -> None:
    problem = {"type": "urn:reconvene:problem:OrderEnded", "detail": "It has ended. Nothing was changed."}
    with door((409, problem)) as (address, requests), pytest.raises(CallRefused, match="It has ended") as refused:
        Caller(Deadline(10)).post(f"{address}/pay", key="k")

    assert (refused.value.status, refused.value.kind) == (409, "OrderEnded")
    assert len(requests) == 1


def test_what_is_told_by_events_is_asked_for_until_it_is_known() -> None:
    with door((404, {}), (404, {}), (200, {"known": True})) as (address, _):
        caller = Caller(Deadline(10))

        answer = caller.until_known(lambda: caller.get(address), missing="it")

    assert answer == {"known": True}


def test_every_item_of_a_list_is_read_page_by_page() -> None:
    first, last = {"items": [{"id": 1}], "next": "1"}, {"items": [{"id": 2}], "next": None}
    with door((200, first), (200, last)) as (address, requests):
        items = list(Caller(Deadline(10)).pages(f"{address}/list", limit="1"))

    assert items == [{"id": 1}, {"id": 2}]
    assert [path for _, path, _ in requests] == ["/list?limit=1", "/list?limit=1&after=1"]


def test_the_deadline_ends_the_waiting_and_says_what_for() -> None:
    with door((503, {})) as (address, _), pytest.raises(OutOfTime, match=r"an answer to GET /slow \(status 503\)"):
        Caller(Deadline(0.3)).get(f"{address}/slow")


def test_who_is_stopped_waits_no_longer() -> None:
    deadline = Deadline(60)
    with door((503, {})) as (address, _):
        threading.Timer(0.2, deadline.stop).start()

        with pytest.raises(Stopped):
            Caller(deadline).get(address)
