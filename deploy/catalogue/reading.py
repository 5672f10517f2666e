"""Gathers what the services declare in their code: who says what, who listens, and what is left to be done later."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from shared.contracts.envelope import Event, declared_events
from shared.contracts.flow import Declaration, collection_of, declarations
from shared.parts import SHARED
from shared.settings import SERVICES


@dataclass(frozen=True)
class Catalogue:
    """All events, and what every service does about them."""

    events: Sequence[type[Event]]
    declared: Mapping[str, Sequence[Declaration]]  # by service

    def producers(self, event: type[Event]) -> list[Declaration]:
        """The commands, handlers and jobs that may say an event."""
        return [each for each in self.declared[event.service] if event in each.emits]

    def listeners(self, event: type[Event]) -> list[tuple[str, Declaration]]:
        """The handlers that listen to an event, with their service."""
        return [(service, each) for service in SERVICES for each in self.declared[service] if each.consumes is event]

    def actors(self, service: str, collection: str) -> list[Declaration]:
        """Who acts on the jobs of a collection, or of one kind; where nobody is apart from who records, none."""
        of = (collection, collection_of(collection))
        return [each for each in self.declared[service] if each.kind == "actor" and each.of in of]

    def recorders(self, service: str, collection: str) -> list[Declaration]:
        """Who records what came of the jobs of a collection."""
        return [each for each in self.declared[service] if each.kind == "job" and each.of == collection]

    def collections(self, service: str) -> set[str]:
        """The collections in which a service starts jobs, or has somebody for them."""
        declared = self.declared[service]
        return {name for each in declared for name in each.starts} | {each.of for each in declared if each.of}

    def roots(self) -> list[type[Event]]:
        """The events that a person's command says: where a story begins."""
        return [event for event in self.events if any(each.kind == "command" for each in self.producers(event))]


def read_code() -> Catalogue:
    """Import every module of every service and gather what they declare."""
    for service in SERVICES:
        importlib.import_module(f"shared.contracts.{service}")
    shared = [each for name in SHARED for each in declarations(importlib.import_module(name))]
    declared = {
        service: [
            *(each for module in modules_of(f"services.{service}") for each in declarations(module)),
            *(each for each in shared if each.consumes is not None and each.consumes.service != service),
        ]
        for service in SERVICES
    }
    events = sorted(declared_events(), key=lambda event: SERVICES.index(event.service))
    return Catalogue(events, declared)


def modules_of(package: str) -> Iterator[ModuleType]:
    """A package and every module below it, but for programs of their own: what has a `__main__` is started, not asked.

    The service itself is such a program too; of it only `__main__` is left out.
    """
    module = importlib.import_module(package)
    yield module
    for found in sorted(pkgutil.iter_modules(module.__path__, f"{package}."), key=lambda each: each.name):
        if not found.ispkg and not found.name.endswith(".__main__"):
            yield importlib.import_module(found.name)
        elif found.ispkg and importlib.util.find_spec(f"{found.name}.__main__") is None:
            yield from modules_of(found.name)
