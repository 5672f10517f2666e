"""Measures how many registrations a second the API accepts, from clients that keep their connections.

What follows from a registration (its invoice, its contact) is done meanwhile by the other services, and counted as part
of its cost.
"""

import base64
import http.client
import json
import multiprocessing
import time
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from deploy.town.calls import Account
from tests.bench.crowd import ADDRESS, CATEGORY
from tests.bench.figures import Goal, Measurement, percentile, rounded
from tests.bench.processes import Cost
from tests.bench.running import Running

CLIENT_COUNT = 8
WARM_SECONDS, SECONDS = 2.0, 15.0
ANSWER_SECONDS_MAX = 30.0
ACCEPTED_PER_SECOND = Goal(figure=300)
CPU_MILLISECONDS = Goal(figure=5, is_upper=True)
ROUTE = "/registration/registrations"


class NotAccepted(Exception):
    """A registration was refused, which this benchmark has no use for."""


def measure(conference: str, *, town: Running) -> list[Measurement]:
    """Registrations accepted a second, how long one took, and what it cost."""
    client = (town.addresses.registration, town.addresses.committee, conference)
    with multiprocessing.get_context("spawn").Pool(CLIENT_COUNT) as pool:
        pool.starmap(_register_for, [(*client, WARM_SECONDS)] * CLIENT_COUNT, chunksize=1)
        cost = Cost(town.processes)
        began = time.perf_counter()
        answers = pool.starmap(_register_for, [(*client, SECONDS)] * CLIENT_COUNT, chunksize=1)
        seconds = time.perf_counter() - began
        each = cost.milliseconds_each(sum(map(len, answers)))
    return _measurements(sorted(took for one in answers for took in one), seconds=seconds, cost=each)


def _measurements(took: Sequence[float], *, seconds: float, cost: dict[str, float]) -> list[Measurement]:
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    latencies = {f"{name}_milliseconds": rounded(percentile(took, share) * 1000) for name, share in shares.items()}
    return [
        Measurement(
            name="registering",
            figure=len(took) / seconds,
            unit="accepted/s",
            goal=ACCEPTED_PER_SECOND,
            more={"client_count": CLIENT_COUNT, "accepted_count": len(took), **latencies},
        ),
        Measurement(
            name="cost of registering",
            figure=sum(cost.values()),
            unit="CPU ms",
            goal=CPU_MILLISECONDS,
            more={"cpu_milliseconds_each": cost},
        ),
    ]


def _register_for(registration_url: str, account: Account, conference: str, seconds: float) -> list[float]:
    """One client: register people one after the other for so long; answers how long each took."""
    connection = http.client.HTTPConnection(urlsplit(registration_url).netloc, timeout=ANSWER_SECONDS_MAX)
    took: list[float] = []
    ends = time.perf_counter() + seconds
    while (began := time.perf_counter()) < ends:
        _register_one(connection, account, conference)
        took.append(time.perf_counter() - began)
    connection.close()
    return took


def _register_one(connection: http.client.HTTPConnection, account: Account, conference: str) -> None:
    key = uuid.uuid4().hex
    person = {"name": f"Delegate {key}", "email": f"{key}@example.org", "postal_address": ADDRESS, "language": "en"}
    body = {"conference": conference, "category": CATEGORY, "tender": "transfer", "person": person, "guests": []}
    basic = base64.b64encode(":".join(account).encode()).decode()  # as a desk: the public may not send so many
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": key}
    headers |= {"Authorization": f"Basic {basic}"}
    connection.request("POST", ROUTE, json.dumps(body).encode(), headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != HTTPStatus.CREATED:
        raise NotAccepted(f"a registration was answered with {response.status}: {answer.decode()[:300]}")
