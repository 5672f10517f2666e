"""One service as a process: web, worker, relay and jobs as threads, or only some of them; a clean stop on SIGTERM."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError
from waitress.server import create_server

from shared import backfill, carrying, catching_up
from shared.catching_up import CatchingUp, Recovery
from shared.collection import Collection
from shared.heard_before import handlers_by_module
from shared.jobs import Executor
from shared.kafka import Broker, ensure_topics
from shared.migrating import Migration, migrate, require_migrated
from shared.mongo import REST_SECONDS_MAX_APART, Database, may_pass
from shared.parking import Parking, command_line
from shared.parts import assembly_of
from shared.progress import Progress, watch
from shared.relay import Relay
from shared.settings import Settings
from shared.stories import COLLECTIONS
from shared.telemetry import configure_logs, log
from shared.web import clock
from shared.worker import Worker

ROLES = ("web", "worker", "relay", "jobs")
WEB_THREAD_COUNT = 16
REQUEST_BYTE_COUNT_MAX = 8 * 1024 * 1024  # refused before it is read; each door has its own, smaller limit
ENGINE_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service's composition root has put together; nothing of it has connected yet."""

    settings: Settings
    database: Database
    broker: Broker
    web: Flask
    worker: Worker
    relay: Relay
    collections: Sequence[Collection[Any]]
    executors: Sequence[Executor] = field(default_factory=tuple)
    loops: Sequence[Callable[[threading.Event], None]] = field(
        default_factory=tuple
    )  # further threads of the jobs role
    recovery: Recovery = field(default_factory=Recovery)
    migrations: Sequence[Migration] = field(default_factory=tuple)  # of this service; those of all are added

    def __post_init__(self) -> None:
        """The page for parked events needs the worker's handlers; what they were called before is known by them too."""
        object.__setattr__(self, "migrations", (handlers_by_module(self.worker.names), *self.migrations))
        assembly_of(self.web).add(Parking, Parking(self.database, self.worker))

    @property
    def catching_up(self) -> CatchingUp:
        """What lets the states catch up after a restore."""
        return CatchingUp(self.database, Parking(self.database, self.worker), self.recovery)

    def prepare(self, *, topics: Sequence[str], is_to_work: bool = False) -> None:
        """Wait for the engines; make collections, indexes and topics; set the clock where it was moved to.

        Who is to work must know everything that was said in its name, and find it in the shape of today; raises
        `TopicAhead` and `NotMigrated`.
        """
        deadline = time.monotonic() + ENGINE_SECONDS_MAX
        while True:
            try:
                self.database.prepare([*COLLECTIONS, *self.collections])
                ensure_topics(self.broker, topics)
                clock.restore(self.database)
                if is_to_work:
                    require_migrated(self.database, self.migrations)
                    self.relay.require_known()
                return
            except (PyMongoError, KafkaError) as error:
                if isinstance(error, PyMongoError) and not may_pass(error):
                    raise SystemExit(
                        f"The database refuses what {self.settings.service} needs to start: {error}"
                    ) from error
                if time.monotonic() > deadline:
                    raise SystemExit(
                        f"The database or the broker does not answer ({type(error).__name__}). Is it running?"
                    ) from error
                time.sleep(0.25)


def main(service: str, create: Callable[[Settings], Parts]) -> None:
    """`python -m services.NAME [web|worker|relay|jobs ...]`, `... parked list|explain|...`, `restore`, `backfill`,
    `migrate`."""
    arguments = sys.argv[1:]
    settings = Settings.from_environment(service)
    configure_logs(service, settings.log_level)
    parts = create(settings)
    if arguments[:1] == ["parked"]:
        parts.prepare(topics=topics_of(settings))
        command_line(Parking(parts.database, parts.worker), arguments[1:])
        return
    if arguments[:1] == ["restore"]:
        parts.prepare(topics=topics_of(settings))
        catching_up.command_line(parts.catching_up, parts.broker, topic=settings.topic(service), asked=arguments[1:])
        return
    if arguments[:1] == ["migrate"]:
        parts.prepare(topics=topics_of(settings))
        sys.stdout.writelines(f"{line}\n" for line in migrate(parts.database, parts.migrations))
        carrying.command_line(parts.database, parts.collections)
        return
    if arguments[:1] == ["backfill"]:
        parts.prepare(topics=topics_of(settings))
        backfill.command_line(backfill.Backfill(parts.database, parts.broker, parts.worker), arguments[1:])
        return
    unknown = set(arguments) - set(ROLES)
    if unknown:
        raise SystemExit(
            f"{', '.join(sorted(unknown))}: not a part of a service; choose of {', '.join(ROLES)}, or none for all."
        )
    run(parts, roles=arguments or ROLES)


def topics_of(settings: Settings) -> list[str]:
    """Every service's topic: whoever starts first makes them all."""
    return [settings.topic(service) for service in settings.urls]


def run(parts: Parts, *, roles: Sequence[str] = ROLES) -> None:
    """Run these parts until SIGTERM or SIGINT; a part that dies takes the process with it, to be started again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parts.prepare(topics=topics_of(parts.settings), is_to_work=True)
    if parts.database.recalled.is_open:  # what people had asked for comes before what others said since
        parts.catching_up.all_at_once()
    failed = threading.Event()

    def die() -> None:
        failed.set()
        stop.set()

    threads = start(parts, roles=roles, stop=stop, on_death=die)
    log.info("service started", roles=list(roles), port=parts.settings.port if "web" in roles else None)
    stop.wait()
    finish(parts, threads)
    log.info("service stopped")
    sys.stdout.flush()
    os._exit(int(failed.is_set()))  # threads may still be under way: what they use must not be taken from under them


def start(
    parts: Parts, *, roles: Sequence[str], stop: threading.Event, on_death: Callable[[], object]
) -> list[threading.Thread]:
    """Start these parts as threads that end on `stop`."""
    if not set(roles) >= {"web", "worker", "jobs"}:
        parts.database.rest_seconds_max = REST_SECONDS_MAX_APART
    loops: list[tuple[str, Callable[[threading.Event], None]]] = []
    ready: dict[str, Callable[[], bool]] = parts.web.config.setdefault("READY", {})
    if "web" in roles:
        loops.append(("web", _web_loop(parts)))
    if "worker" in roles:
        loops.append(("worker", parts.worker.run))
        ready["worker"] = lambda: parts.worker.is_reading and parts.worker.progress.gets_on()
    if "relay" in roles:
        loops.append(("relay", parts.relay.run))
        ready["relay"] = lambda: parts.relay.is_connected and parts.relay.progress.gets_on()
    if "jobs" in roles:
        for executor in parts.executors:
            loops.append((executor.kind.name, executor.run))
            ready[executor.kind.name] = executor.progress.gets_on
        for loop in parts.loops:
            progress = Progress(parts.settings.service, loop.__name__)
            loops.append((loop.__name__, _watched(loop, progress)))
            ready[loop.__name__] = progress.gets_on
        loops.append(("catching-up", parts.catching_up.run))
    threads = [threading.Thread(target=_guarded, args=(name, loop, stop, on_death), name=name) for name, loop in loops]
    for thread in threads:
        thread.daemon = True
        thread.start()
    return threads


def _watched(loop: Callable[[threading.Event], None], progress: Progress) -> Callable[[threading.Event], None]:
    def run(stop: threading.Event) -> None:
        watch(progress)
        loop(stop)

    return run


def finish(parts: Parts, threads: Sequence[threading.Thread]) -> None:
    """Wait until the parts have ended, but not for ever."""
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    parts.database.close()


def _guarded(
    name: str, loop: Callable[[threading.Event], None], stop: threading.Event, on_death: Callable[[], object]
) -> None:
    try:
        loop(stop)
    except BaseException as error:
        log.exception("part died", part=name, error=type(error).__name__)
        on_death()


def served_as(settings: Settings) -> dict[str, Any]:
    """How requests are taken in: what they say of a client's address counts only from the proxy."""
    believed = {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto"}
    return {
        "ident": "",
        "clear_untrusted_proxy_headers": True,
        "max_request_body_size": REQUEST_BYTE_COUNT_MAX,
        **(believed if settings.trusted_proxy else {}),
    }


def _web_loop(parts: Parts) -> Callable[[threading.Event], None]:
    """Bind now, so that a port that is taken is said at once; serve until `stop`."""
    settings = parts.settings
    try:
        server = create_server(
            parts.web,
            host=settings.host,
            port=settings.port,
            threads=WEB_THREAD_COUNT,
            **served_as(settings),
        )
    except OSError as error:
        raise SystemExit(
            f"Port {settings.port} is taken ({error.strerror}); {settings.service} was not started. "
            "Set PORT to a free one."
        ) from error

    def serve(stop: threading.Event) -> None:
        serving = threading.Thread(target=server.run, name="waitress", daemon=True)
        serving.start()
        stop.wait()
        server.close()

    return serve
