"""Structured logs with the correlation id of a person's action, and the Prometheus metrics every service has.

A log line is an event name and fields; never a name, an address or a card.
"""

import logging
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)

COMMIT_SECONDS = Histogram("reconvene_commit_seconds", "Time of one database commit", ["service"])
HANDLER_SECONDS = Histogram("reconvene_handler_seconds", "Time of one batch of events in the worker", ["service"])
HANDLED = Counter("reconvene_events_handled_total", "Events read and committed by the worker", ["service"])
PUBLISHED = Counter("reconvene_events_published_total", "Events confirmed by the broker", ["service"])
UNTOLD = Gauge("reconvene_events_untold", "Events saved and not yet confirmed by the broker", ["service"])
LAG = Gauge("reconvene_events_lag", "Events in the topics that the worker has not committed yet", ["service"])
RECALLED_EVENTS = Gauge(
    "reconvene_recalled_events", "Events of before a restore that the states do not know again yet", ["service"]
)
PARKED = Gauge("reconvene_keys_parked", "Aggregates whose story is blocked by a parked event", ["service"])
WAITING = Gauge("reconvene_keys_waiting", "Aggregates waiting for a gap in their story to be filled", ["service"])
AWAITING = Gauge(
    "reconvene_keys_awaiting_handler", "Aggregates whose next event is of a type without a handler yet", ["service"]
)
CONTRADICTIONS = Counter(
    "reconvene_stories_contradicted_total", "Events that came under the number of another one that was had", ["service"]
)
QUIET_SECONDS = Gauge(
    "reconvene_loop_quiet_seconds", "Since a loop last did something or found nothing to do", ["service", "loop"]
)
JOBS = Gauge("reconvene_jobs", "Jobs by kind and state", ["service", "kind", "state"])


def correlation() -> str:
    """The id of the person's action that is being served; a new one outside of any."""
    return _correlation.get() or uuid.uuid4().hex


@contextmanager
def correlated(id_: str | None) -> Iterator[str]:
    """Serve one action under this correlation id, or under a new one."""
    chosen = id_ or uuid.uuid4().hex
    token = _correlation.set(chosen)
    try:
        yield chosen
    finally:
        _correlation.reset(token)


@contextmanager
def measure_commit(service: str) -> Iterator[None]:
    """Measure one commit."""
    began = time.perf_counter()
    try:
        yield
    finally:
        COMMIT_SECONDS.labels(service).observe(time.perf_counter() - began)


def _frames_only(_: object, __: str, fields: structlog.types.EventDict) -> structlog.types.EventDict:
    """Where an error came from, never what it says: an error of the database quotes the document that it refused."""
    if fields.pop("exc_info", None):
        frames = traceback.extract_tb(sys.exc_info()[2])
        fields["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return fields


def configure_logs(service: str, level: str) -> None:
    """Write one JSON line per log event to standard output, with service and correlation id."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(message)s")
    # The broker's client cries at every try to reach it; the relay and the worker say it once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)

    def add_context(_: object, __: str, fields: structlog.types.EventDict) -> structlog.types.EventDict:
        fields["service"] = service
        if _correlation.get():
            fields["correlation"] = _correlation.get()
        return fields

    structlog.configure(
        processors=[
            add_context,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frames_only,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )


log: structlog.stdlib.BoundLogger = structlog.get_logger()
