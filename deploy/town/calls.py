"""Owns asking a town over HTTP: connections are kept open, outages are waited out, one deadline ends all waiting.

Only requests that may be repeated are made here: reads, and writes that carry an idempotency key or say themselves
when they have been done before.
"""

import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

ANSWER_SECONDS_MAX = 60.0
PAUSE_SECONDS_FIRST, PAUSE_SECONDS_MAX = 0.05, 1.0
POLL_SECONDS = 0.2
_COMES_BACK = (429, 502, 503, 504)  # too many at a time, or a service that is starting again

Account = tuple[str, str]
T = TypeVar("T")


class CallRefused(Exception):
    """A service refused a request for good: its status, the name of the refusal, and the sentence it gave."""

    def __init__(self, *, method: str, url: str, status: int, answer: str) -> None:
        problem = _problem(answer)
        detail = problem.get("detail") or problem.get("error") or answer[:200]
        errors = f" {json.dumps(problem['errors'])}" if problem.get("errors") else ""
        super().__init__(f"{method} {urlsplit(url).path} was answered with {status}: {detail}{errors}")
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition(":")[2]


class OutOfTime(Exception):
    """What was waited for did not happen before the deadline."""


class Stopped(Exception):
    """Somebody asked us to stop while we waited."""


@dataclass(frozen=True)
class _Answer:
    status: int
    text: str
    location: str


class Deadline:
    """The end of all waiting; `stop` brings it forward to now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Everybody who waits under this deadline stops waiting."""
        self._stopped.set()

    def pause(self, seconds: float, *, missing: str) -> None:
        """Wait a little for what is still missing; raises `OutOfTime` or `Stopped`."""
        if time.monotonic() > self._ends:
            raise OutOfTime(f"After {self.seconds:.0f} s there was still missing: {missing}.")
        if self._stopped.wait(seconds):
            raise Stopped(f"Stopped while waiting for {missing}.")

    def wait_until(self, holds: Callable[[], bool], *, missing: Callable[[], str]) -> None:
        """Return when something holds; ask again until the deadline."""
        while not holds():
            self.pause(POLL_SECONDS, missing=missing())


class Caller:
    """Makes requests to any address; each thread keeps its own connections."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._kept = threading.local()

    def until_known(self, ask: Callable[[], T], *, missing: str, kinds: tuple[str, ...] = ()) -> T:
        """Ask until what is asked about has reached the service: it is told by events, a moment after we know of it."""
        while True:
            try:
                return ask()
            except CallRefused as refused:
                if refused.status != 404 and refused.kind not in kinds:
                    raise
            self.deadline.pause(POLL_SECONDS, missing=missing)

    def get(self, url: str, *, account: Account | None = None, **query: str) -> Any:
        """The JSON under an address."""
        return json.loads(self.get_text(url, account=account, accept="application/json", **query))

    def get_text(self, url: str, *, account: Account | None = None, accept: str = "*/*", **query: str) -> str:
        """What is under an address, as text."""
        address = f"{url}?{urlencode(query)}" if query else url
        return self._ask("GET", address, None, _headers(account=account, accept=accept)).text

    def redirection(self, url: str, **query: str) -> str:
        """Where a page leads a person on to."""
        return self._ask("GET", f"{url}?{urlencode(query)}", None, _headers(account=None, accept="text/html")).location

    def pages(self, url: str, *, account: Account | None = None, **query: str) -> Iterator[dict[str, Any]]:
        """Every item of a list that is given page by page."""
        after: dict[str, str] = {}
        while True:
            page = self.get(url, account=account, **query, **after)
            yield from page["items"]
            if not page["next"]:
                return
            after = {"after": str(page["next"])}

    def lines(self, url: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every line of a stream of JSON objects, as it comes."""
        parts = urlsplit(f"{url}?{urlencode(query)}" if query else url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}")
            response = connection.getresponse()
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise CallRefused(method="GET", url=url, status=response.status, answer=response.read().decode())
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def post(
        self, url: str, body: object = None, *, key: str = "", account: Account | None = None, seen: str = ""
    ) -> Any:
        """Ask for something to be done; the same key asks for the same thing, `seen` is what it is based on."""
        return self._send("POST", url, body, key=key, account=account, seen=seen)

    def put(self, url: str, body: object, *, account: Account | None = None, seen: str = "") -> Any:
        """Put something in its place; `seen` is the version of it that was read."""
        return self._send("PUT", url, body, key="", account=account, seen=seen)

    def put_picture(self, url: str, content: bytes, *, account: Account | None = None) -> None:
        """Put a PNG in its place."""
        headers = _headers(account=account, accept="application/json") | {"Content-Type": "image/png"}
        self._ask("PUT", url, content, headers)

    def post_form(self, url: str, fields: Mapping[str, str], *, bearer: str, key: str) -> Any:
        """Ask the card provider, which takes forms and a bearer's key."""
        headers = {
            "Authorization": f"Bearer {bearer}",
            "Idempotency-Key": key,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return json.loads(self._ask("POST", url, urlencode(fields).encode(), headers).text)

    def _send(self, method: str, url: str, body: object, *, key: str, account: Account | None, seen: str = "") -> Any:
        headers = _headers(account=account, accept="application/json") | {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if seen:
            headers["If-Match"] = f'"{seen}"'
        answer = self._ask(method, url, json.dumps({} if body is None else body).encode(), headers).text
        return json.loads(answer) if answer else None

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> "_Answer":
        """Ask until there is an answer that counts."""
        pause_seconds = 0.0  # a connection that had gone stale is no outage: the first repeat is at once
        while True:
            try:
                answer = self._ask_once(method, url, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self._forget(url)
                reason = type(error).__name__
            else:
                if answer.status < HTTPStatus.BAD_REQUEST:
                    return answer
                if answer.status not in _COMES_BACK:
                    raise CallRefused(method=method, url=url, status=answer.status, answer=answer.text)
                reason = f"status {answer.status}"
                pause_seconds = pause_seconds or PAUSE_SECONDS_FIRST
            self.deadline.pause(pause_seconds, missing=f"an answer to {method} {urlsplit(url).path} ({reason})")
            pause_seconds = min(max(2 * pause_seconds, PAUSE_SECONDS_FIRST), PAUSE_SECONDS_MAX)

    def _ask_once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> "_Answer":
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.netloc)
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, dict(headers))
        response = connection.getresponse()
        return _Answer(response.status, response.read().decode(), response.headers.get("Location", ""))

    def _connection(self, scheme: str, netloc: str) -> http.client.HTTPConnection:
        connections = self._connections()
        if (scheme, netloc) not in connections:
            kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
            connections[scheme, netloc] = kind(netloc, timeout=ANSWER_SECONDS_MAX)
        return connections[scheme, netloc]

    def _forget(self, url: str) -> None:
        parts = urlsplit(url)
        connection = self._connections().pop((parts.scheme, parts.netloc), None)
        if connection:
            connection.close()

    def _connections(self) -> dict[tuple[str, str], http.client.HTTPConnection]:
        if not hasattr(self._kept, "connections"):
            self._kept.connections = {}
        connections: dict[tuple[str, str], http.client.HTTPConnection] = self._kept.connections
        return connections


def _headers(*, account: Account | None, accept: str) -> dict[str, str]:
    headers = {"Accept": accept}
    if account:
        headers["Authorization"] = "Basic " + b64encode(":".join(account).encode()).decode()
    return headers


def _problem(answer: str) -> dict[str, Any]:
    """A problem document, or nothing if the answer is none."""
    try:
        problem = json.loads(answer)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
