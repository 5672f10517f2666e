"""The front door of `make run`, the real one, with programs behind it that repeat what they are asked."""

import http.client
import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from deploy.town.keys import kept_keys
from deploy.town.programs import Program
from deploy.town.wiring import FRONT_SPEAKS_FROM, Wiring
from shared.settings import SERVICES
from shared.web.app import EDGE
from tests.waiting import wait_until

LOOPBACK = "127.0.0.1"
SHUT = "notifications"  # nobody listens there
GONE = "registration"  # hangs up without an answer


class _Repeating(BaseHTTPRequestHandler):
    """Says what it was asked, in which words, and by whom."""

    def do_GET(self) -> None:
        said = {"path": self.path, "by": self.client_address[0], "headers": dict(self.headers), "body": self._body()}
        answer = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def _body(self) -> int:
        return len(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


class _HangingUp(_Repeating):
    def do_GET(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)


class Door:
    """The front door, as a client meets it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, path: str, headers: dict[str, str] | None = None, *, body: bytes | None = None
    ) -> tuple[int, str, http.client.HTTPMessage]:
        """What is answered to a path, sent as it is: status, text, headers."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=20)
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        response = connection.getresponse()
        said = response.read().decode()
        connection.close()
        return response.status, said, response.headers

    def heard(self, path: str, headers: dict[str, str] | None = None, *, body: bytes | None = None) -> dict[str, Any]:
        """What the program behind the door was asked."""
        status, said, _ = self.ask(path, headers, body=body)
        assert status == 200, said
        heard: dict[str, Any] = json.loads(said)
        return heard


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The door as the launcher wires it; behind it repeats who is open."""
    folder = tmp_path_factory.mktemp("front")
    wiring = Wiring(data_folder=folder, engines={"MONGO_URL": ""}, keys=kept_keys(folder), given={})
    handlers = {service: _HangingUp if service == GONE else _Repeating for service in SERVICES if service != SHUT}
    behind = [
        ThreadingHTTPServer((LOOPBACK, wiring.port(service).number), handler) for service, handler in handlers.items()
    ]
    for server in behind:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    (front,) = [program for program in wiring.programs() if program.name == "front"]
    front.start()
    opened = Door(wiring.port("front").number)
    try:
        wait_until(lambda: _is_open(opened, front), 30, missing=lambda: f"the door: {_log(front.log_path)}")
        yield opened
    finally:
        front.ask_to_stop()
        front.stop()
        for server in behind:
            server.shutdown()
            server.server_close()


def _is_open(door: Door, front: Program) -> bool:
    assert front.is_running, _log(front.log_path)
    try:
        return door.ask("/door-is-open")[0] == 200
    except OSError:
        return False


def _log(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize(
    "path", ["/payments/orders/ord%3A1?x=%2F", "/scheduling/", "/scheduling/my-metrics", "/payments/a%2fb", "/payments"]
)
def test_a_path_goes_on_as_it_was_written(door: Door, path: str) -> None:
    assert door.heard(path)["path"] == path


@pytest.mark.parametrize(
    "path",
    [
        "/payments/metrics", "/payments/%6detrics", "/payments/%6D%65trics", "/payments/METRICS", "/payments/metrics/",
        "/payments/metrics%2f", "/payments//metrics", "/payments/..%2fmetrics", "//payments/metrics",
        "/payments/./metrics", "/payments/x/../metrics", "/metrics", "/%6detrics", "/scheduling/metrics?x=1",
    ],
)  # fmt: skip
def test_no_encoding_of_a_path_opens_what_is_closed(door: Door, path: str) -> None:
    status, said, _ = door.ask(path)

    assert (status, said) == (404, "There is nothing under this address.\n")


@pytest.mark.parametrize("path", ["/nothing", "/paymentsx", "/_provider/clock", "/health", "/PAYMENTS/desk"])
def test_there_is_nothing_but_the_four_services(door: Door, path: str) -> None:
    assert door.ask(path)[:2] == (404, "There is nothing under this address.\n")


def test_who_types_no_more_than_the_address_is_asked_in_by_the_service_that_knows_who_they_are(door: Door) -> None:
    heard = door.heard("/", {"Cookie": "reconvene=signed"})

    assert (heard["path"], heard["headers"]["Cookie"], heard["by"]) == ("/", "reconvene=signed", FRONT_SPEAKS_FROM)
    assert heard["headers"]["Host"] == f"{LOOPBACK}:{door.port}"


def test_what_a_client_says_of_itself_is_taken_away_and_the_door_is_named(door: Door) -> None:
    lies = {
        "Forwarded": "for=192.0.2.7", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/elsewhere", "X-Forwarded-Port": "443", EDGE: "nowhere",
    }  # fmt: skip
    heard = door.heard("/payments/who", lies)

    assert heard["by"] == FRONT_SPEAKS_FROM, "the services believe this address, and nobody else asks from it"
    said = {name: value for name, value in heard["headers"].items() if "orward" in name or name == EDGE}
    assert {name for name in said if name.lower().startswith("x-forwarded")} <= {
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"
    }  # fmt: skip
    assert (said["X-Forwarded-For"], said["X-Forwarded-Proto"], said[EDGE]) == (LOOPBACK, "http", "town")
    assert "Forwarded" not in said


def test_what_is_sent_arrives_whole_and_too_much_is_refused(door: Door) -> None:
    assert door.heard("/payments/x", body=b"x" * 1_000_000)["body"] == 1_000_000

    assert door.ask("/payments/x", body=b"x" * 8_388_609)[:2] == (
        413,
        "This is more than can be sent at once. Nothing was changed.\n",
    )


def test_a_service_that_is_shut_is_said_so_and_one_that_hung_up_otherwise(door: Door) -> None:
    assert door.ask(f"/{SHUT}/desk")[:2] == (
        503,
        "This part of the office is not open at the moment. Nothing was changed; please try again in a minute.\n",
    )
    assert door.ask(f"/{GONE}/x", body=b"x")[:2] == (
        502,
        "The answer was lost on the way. If you sent something, look whether it arrived before you send it again.\n",
    )
