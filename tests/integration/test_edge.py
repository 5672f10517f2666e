"""What a service believes of a request, and what it never shows to the outside, through the server it runs with."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import jsonify, request
from waitress.server import create_server

from deploy.town.ports import free_port
from shared.mongo import Database
from shared.process import REQUEST_BYTE_COUNT_MAX, served_as
from shared.web.app import EDGE, create_web
from tests.namespaces import Namespace
from tests.town import settings_for

LOOPBACK = "127.0.0.1"
THROUGH_PROXY = {EDGE: "town", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


class Served:
    """Payments' frame at a port."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, headers: Mapping[str, str] = {}) -> tuple[int, str]:
        """What is answered to a path, sent as it is."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
        connection.putrequest("GET", path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        said = response.read().decode()
        connection.close()
        return response.status, said


@contextmanager
def served(namespace: Namespace, *, trusted_proxy: str) -> Iterator[Served]:
    settings = settings_for("payments", namespace, TRUSTED_PROXY=trusted_proxy)
    database = Database(settings.mongo_url, name=settings.database_name, service="payments")
    app, _ = create_web(settings, database, import_name=__name__, title="Edge")
    app.add_url_rule("/payments/who", view_func=lambda: jsonify(by=request.remote_addr, scheme=request.scheme))
    port = free_port()
    server: Any = create_server(app, host=LOOPBACK, port=port, **served_as(settings))
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield Served(port)
    with suppress(OSError):  # a request that ended in this moment has woken the server, and it is closed already
        server.trigger.pull_trigger(server.close)
    serving.join(timeout=30)
    database.close()


@pytest.fixture
def behind_proxy(namespace: Namespace) -> Iterator[Served]:
    """A service that believes this machine to be its proxy."""
    with served(namespace, trusted_proxy=LOOPBACK) as running:
        yield running


@pytest.fixture
def alone(namespace: Namespace) -> Iterator[Served]:
    """A service that knows of no proxy."""
    with served(namespace, trusted_proxy="") as running:
        yield running


@pytest.mark.parametrize(
    "path",
    [
        "/payments/metrics",
        "/payments/%6detrics",
        "/payments/%6Detrics",
        "/payments/%6d%65%74%72%69%63%73",
        "/payments/%256detrics",
        "/payments/metrics%00",
        "/payments/metrics%23",
        "/payments/metrics;x",
        "/payments/metrics%2f",
        "//payments/metrics",
        "/payments//metrics",
        "/payments/./metrics",
        "/payments/x/../metrics",
        "/metrics",
        "/%6detrics",
    ],
)
def test_nobody_outside_sees_metrics_however_the_path_is_written(behind_proxy: Served, path: str) -> None:
    status, said = behind_proxy.ask(path, THROUGH_PROXY)

    assert status in (404, 308)
    assert "reconvene_" not in said


@pytest.mark.parametrize("path", ["/payments/metrics", "/metrics"])
def test_whoever_runs_the_town_sees_metrics_at_the_service_itself(alone: Served, path: str) -> None:
    status, said = alone.ask(path)

    assert (status, "reconvene_" in said) == (200, True)


def test_an_encoded_path_to_the_metrics_is_refused_inside_too(alone: Served) -> None:
    assert alone.ask("/payments/%6detrics")[0] == 404


def test_the_proxys_word_about_a_client_is_believed(behind_proxy: Served) -> None:
    assert behind_proxy.ask("/payments/who", THROUGH_PROXY)[1].strip() == '{"by":"192.0.2.7","scheme":"https"}'


def test_nobody_elses_word_about_a_client_is_believed(namespace: Namespace, alone: Served) -> None:
    assert alone.ask("/payments/who", THROUGH_PROXY)[1].strip() == '{"by":"127.0.0.1","scheme":"http"}'
    with served(namespace, trusted_proxy="192.0.2.1") as elsewhere:
        assert elsewhere.ask("/payments/who", THROUGH_PROXY)[1].strip() == '{"by":"127.0.0.1","scheme":"http"}'


def test_a_request_that_is_far_too_large_is_refused_before_it_is_read(alone: Served) -> None:
    assert alone.ask("/payments/who", {"Content-Length": str(REQUEST_BYTE_COUNT_MAX + 1)})[0] == 413
