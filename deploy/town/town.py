"""Owns a whole town on this machine: engines, card provider, mailbox, services; started, kept alive, stopped.

Leaves what each is told to `wiring`, and the people at the terminal to `deploy.demo` and `deploy.acceptance.cancel`.
"""

import contextlib
import http.client
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.town import engines
from deploy.town.addresses import Addresses
from deploy.town.calls import Deadline, OutOfTime
from deploy.town.keys import Keys, kept_keys
from deploy.town.programs import Program
from deploy.town.supervision import Watch
from deploy.town.wiring import Wiring

READY_SECONDS_MAX = 90.0
ANSWER_SECONDS_MAX = 5.0
LOOK_SECONDS = 0.1
DATABASE, BROKER = "mongod", "Apache Kafka"


class Town:
    """Everything that runs for one data folder."""

    def __init__(
        self,
        data_folder: Path,
        *,
        given: Mapping[str, str],
        say: Callable[[str], None],
        is_card_limit_on: bool = True,
        refund_rate_per_second: int | None = None,
    ) -> None:
        self._folder = data_folder.absolute()
        self._given = given
        self._say = say
        self._is_card_limit_on = is_card_limit_on
        self._refund_rate_per_second = refund_rate_per_second
        self._engines: engines.Engines | None = None
        self._wiring: Wiring | None = None
        self._programs: list[Program] = []
        self.watches: dict[str, Watch] = {}

    @property
    def addresses(self) -> Addresses:
        """Where everything is, once it has started."""
        return self.wiring.addresses

    @property
    def wiring(self) -> Wiring:
        """What every program was told, once it has started."""
        assert self._wiring is not None, "the town has not started"
        return self._wiring

    def start(self) -> None:
        """Start what isn't given and return when all of it is ready; raises `EngineRefused` with the reason."""
        self.start_engines()
        self._say("Starting the card provider, the mailbox and the four services ...")
        self.start_services()

    def start_engines(self) -> None:
        """Start the database and the broker, or know where the given ones are; raises `EngineRefused`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        engines.require_unused(self._folder)  # before the ports: a town that runs holds them, and should keep them
        keys = kept_keys(self._folder)
        self._wire(keys, {"MONGO_URL": "", "KAFKA_BOOTSTRAP_SERVERS": ""})
        for port in self.wiring.all_ports:
            port.require()
        self._say("Starting the database and the broker ...")
        with contextlib.redirect_stdout(sys.stderr):  # it tells there what it fetches on the first start
            self._engines = engines.start(self._folder)
        self._wire(keys, self._engines.environment)

    def start_services(self) -> None:
        """Start all our own programs on the engines, which run."""
        self._programs = self.wiring.programs()
        for program in self._programs:
            program.start()
        self._wait_until_ready()
        self._watch()

    def stop(self) -> None:
        """Stop everything that was started here: first the services, then what they need."""
        self.stop_services()
        if self._engines:
            self._engines.stop()
        self._engines = None

    def stop_services(self) -> None:
        """Stop all our own programs; the engines go on."""
        for watch in self.watches.values():
            watch.end()
        for program in self._programs:
            program.ask_to_stop()
        for program in reversed(self._programs):
            program.stop()
        self.watches, self._programs = {}, []

    def _wire(self, keys: Keys, environment: Mapping[str, str]) -> None:
        self._wiring = Wiring(
            data_folder=self._folder,
            engines=environment,
            keys=keys,
            given=self._given,
            is_card_limit_on=self._is_card_limit_on,
            refund_rate_per_second=self._refund_rate_per_second,
        )

    def _wait_until_ready(self) -> None:
        deadline = Deadline(READY_SECONDS_MAX)
        for program in self._programs:
            while unready := _unreadiness(program):
                if not program.is_running:
                    raise program.why_it_ended()
                try:
                    deadline.pause(LOOK_SECONDS, missing=program.name)
                except OutOfTime as error:
                    raise program.why_it_is_silent(READY_SECONDS_MAX, last_answer=unready) from error

    def _watch(self) -> None:
        assert self._engines is not None
        kept: dict[str, engines.Mongod | engines.Kafka | Program] = {
            program.name: program for program in self._programs
        }
        if self._engines.mongod:
            kept[DATABASE] = self._engines.mongod
        if self._engines.kafka:
            kept[BROKER] = self._engines.kafka
        self.watches = {name: Watch(name, process, say=self._say) for name, process in kept.items()}


def _unreadiness(program: Program) -> str:
    """What a program says is missing before it is ready; empty when it is ready."""
    address = urlsplit(program.ready_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", address.path)
        response = connection.getresponse()
        said = response.read().decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return "" if response.status == http.HTTPStatus.OK else said
