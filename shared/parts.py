"""A service's parts, ground floor first, and the rooms each has; what the composition root has put together of them.

A part is a capability that a person would name. Every part has the same rooms, and a room is a module, or a folder of
modules where it holds several subjects. The manifest of a service (`services/NAME/parts.py`) names the parts; the
composition root, the catalogue, the order of imports and the documents are made from it, so that no part is forgotten
in one of them.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, current_app

from shared.collection import Collection
from shared.contracts.envelope import Event
from shared.contracts.flow import Declaration, handlers_of

ROOMS = ("domain", "store", "commands", "handlers", "jobs", "schemas", "api", "pages")
SHARED = ("shared.names", "shared.statements", "shared.erasing")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A capability of a service: the name of its package, and one sentence that says what a person can do with it."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of one service, from the ground floor up: a part may import those before it, and none after it."""

    service: str
    parts: Sequence[Part]

    def room(self, name: str) -> Iterator[ModuleType]:
        """All modules of one room, part by part; a part that has no such room has none."""
        for part in self.parts:
            yield from _modules(f"services.{self.service}.{part.name}.{name}")

    @property
    def collections(self) -> tuple[Collection[Any], ...]:
        """The collections that the stores declare."""
        own = (each for store in self.room("store") for each in getattr(store, "COLLECTIONS", ()))
        return (*own, *(each for kit in _kits() for each in kit.COLLECTIONS))

    @property
    def handlers(self) -> dict[type[Event], tuple[Declaration, ...]]:
        """The handlers of every part by the event that they listen to, and those that all services share."""
        shared = handlers_of(*_kits())
        heard = {event: found for event, found in shared.items() if event.service != self.service}
        own = handlers_of(*self.room("handlers"))
        return {event: (*heard.get(event, ()), *own.get(event, ())) for event in {**heard, **own}}

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where the templates of each part are; a template is called by its part and its name, `call/propose.html`."""
        package = importlib.import_module(f"services.{self.service}")
        folders = (Path(package.__path__[0]) / part.name / "templates" for part in self.parts)
        return tuple(each for each in folders if each.is_dir())

    def blueprints(self, room: str) -> tuple[Blueprint, ...]:
        """The blueprints of the modules of a room, `api` or `pages`, each once."""
        found = (value for module in self.room(room) for value in vars(module).values())
        return tuple(dict.fromkeys(each for each in found if isinstance(each, Blueprint)))


class Assembly:
    """What a composition root has put together, found by type: `assembly[Gateway]`.

    Pages and jobs ask it for what they work with. What a higher part offers to a lower one is registered under the
    lower part's protocol.
    """

    def __init__(self, *members: object) -> None:
        self._members: dict[type[Any], object] = {}
        for member in members:
            self.add(type(member), member)

    def add(self, kind: type[T], member: T) -> None:
        """Register a member under its type, or under a protocol that it fulfils; a type has one member."""
        if kind in self._members:
            raise TypeError(f"two things are registered as {kind.__name__}")
        self._members[kind] = member

    def __getitem__(self, kind: type[T]) -> T:
        """The member registered under this type; KeyError when there is none."""
        return cast(T, self._members[kind])

    def attach(self, app: Flask) -> None:
        """Let the requests of this app find it: `current(Gateway)`; what was attached before stays to be found."""
        members = cast(dict[type[Any], object], app.extensions.setdefault("assembly_members", {}))
        members.update(self._members)
        self._members = members
        app.extensions["assembly"] = self


def assembly_of(app: Flask) -> Assembly:
    """What has been put together for this app, and may be added to."""
    return cast(Assembly, app.extensions["assembly"])


def current(kind: type[T]) -> T:
    """The member of the current app's assembly that is registered under this type."""
    return assembly_of(current_app)[kind]


def manifest_of(service: str) -> Manifest:
    """The manifest that a service declares in its `parts.py`."""
    return cast(Manifest, importlib.import_module(f"services.{service}.parts").MANIFEST)


def _kits() -> tuple[ModuleType, ...]:
    """The modules outside of every part that each service keeps something for, and hears something with."""
    return tuple(importlib.import_module(name) for name in SHARED)


def _modules(name: str) -> Iterator[ModuleType]:
    if importlib.util.find_spec(name.rpartition(".")[0]) is None or importlib.util.find_spec(name) is None:
        return
    module = importlib.import_module(name)
    yield module
    for each in sorted(found.name for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}.")):
        yield importlib.import_module(each)
