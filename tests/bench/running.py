"""Owns the town that is measured: started fresh, its processes and databases at hand, gone without a trace."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.acceptance.cancel import REFUND_RATE_UNLIMITED, say
from deploy.acceptance.hearing import await_all_heard
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, Deadline
from deploy.town.clearing import clear_given_engines
from deploy.town.supervision import Watch
from deploy.town.town import Town
from shared.mongo import Database
from tests.bench.processes import Cost, Processes

QUIET_LOOK_SECONDS = 1.0
AT_REST_SECONDS = 8
QUIET_CPU_SHARE = 0.3  # of one core, by everything together: nothing but looking whether there is work


class Databases:
    """The services' own databases, opened as the services open them."""

    def __init__(self, addresses: Addresses) -> None:
        self._opened = {
            service: Database(addresses.mongo_url, name=addresses.database_prefix + service, service=service)
            for service in addresses.services
        }

    def __getitem__(self, service: str) -> Database:
        return self._opened[service]

    def count(self, service: str, collection: str, where: Mapping[str, object]) -> int:
        """How many documents there are of a kind."""
        return self[service].mongo[collection].count_documents(where)

    def close(self) -> None:
        """Close the connections."""
        for database in self._opened.values():
            database.close()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A town that runs, and all that is needed to drive and to watch it."""

    addresses: Addresses
    caller: Caller
    databases: Databases
    processes: Processes
    watches: Mapping[str, Watch]  # who keeps each process alive, and may end it

    def rest(self) -> None:
        """Return when everything has next to nothing to do."""
        while True:
            cost = Cost(self.processes)
            self.caller.deadline.pause(QUIET_LOOK_SECONDS, missing="quiet")
            if cost.seconds() < QUIET_CPU_SHARE * QUIET_LOOK_SECONDS:
                return

    def at_rest(self) -> dict[str, float]:
        """The CPU seconds that each process uses in a second while nothing is to be done."""
        self.rest()
        cost = Cost(self.processes)
        self.caller.deadline.pause(AT_REST_SECONDS, missing="a look at everything at rest")
        return {name: used / 1000 for name, used in cost.milliseconds_each(AT_REST_SECONDS).items()}

    def finish(self) -> None:
        """Return when all that was said has been heard, and every message has left; looks for it once all is quiet."""
        self.rest()
        await_all_heard(self.addresses, self.caller)


@contextmanager
def running_town(environment: Mapping[str, str], *, seconds_max: float) -> Iterator[Running]:
    """A fresh town with a mailbox and a card provider of its own, for as long as the block runs.

    Nobody waits in it any more once the block has ended, so its deadline can't be another town's.
    """
    deadline = Deadline(seconds_max)
    own = {name: value for name, value in environment.items() if not name.startswith(("SMTP_", "STRIPE_"))}
    with fresh_folder() as folder, ExitStack() as clean_up:
        rate = REFUND_RATE_UNLIMITED
        town = Town(folder, given=own, say=say, is_card_limit_on=False, refund_rate_per_second=rate)
        clean_up.callback(town.stop)
        town.start()
        clean_up.callback(clear_given_engines, town.wiring)
        clean_up.callback(town.stop_services)
        databases = Databases(town.addresses)
        clean_up.callback(databases.close)
        clean_up.callback(deadline.stop)
        yield Running(
            addresses=town.addresses,
            caller=Caller(deadline),
            databases=databases,
            processes=Processes.of_town(),
            watches=town.watches,
        )


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """A data folder that is gone afterwards, unless something went wrong: then its logs say what."""
    folder = Path(tempfile.mkdtemp(prefix="reconvene-bench-"))
    with ExitStack() as clean_up:
        clean_up.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            yield folder
        except Exception:
            clean_up.pop_all()
            say(f"The data and the logs of this run are in {folder}.")
            raise
