"""Which fields of what a service keeps say who somebody is: declared once, at the collection; read by who blanks them
when a person is erased, and by who seals them in a backup. Pure."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.contracts.envelope import ERASED

Document = Mapping[str, Any]


class Personal(Protocol):
    """What is personal in the documents of one collection."""

    @property
    def is_removed(self) -> bool:
        """Whether the whole document goes with the person."""

    def where(self, person: str) -> dict[str, Any]:
        """The query that finds what is kept of a person."""

    def facts(self, document: Document) -> dict[str, dict[str, Any]]:
        """Of each person in a document, what is personal, by its path."""

    def blank(self, document: Document, person: str) -> dict[str, Any]:
        """The same paths, with what stands there once the person was erased; only those that are different now."""


@dataclass(frozen=True, slots=True)
class OfOne:
    """Documents of one person each: the field with their id, and each personal field with what stands there once they
    were erased, or a function of the document that says it."""

    subject: str
    blanks: Mapping[str, Any | Callable[[Document], Any]] = field(default_factory=dict)
    is_removed: bool = False

    def where(self, person: str) -> dict[str, Any]:
        """The query that finds what is kept of a person."""
        return {self.subject: person}

    def facts(self, document: Document) -> dict[str, dict[str, Any]]:
        """What is personal, by its path; nothing where it is blank already."""
        person = document.get(self.subject)
        if not person or not (self.is_removed or self.blank(document, person)):
            return {}
        return {person: {path: _at(document, path) for path in self.blanks if _has(document, path)}}

    def blank(self, document: Document, person: str) -> dict[str, Any]:  # noqa: ARG002 - the document is theirs
        """What stands there once the person was erased, where that is different now."""
        there = ((path, _said(blank, document)) for path, blank in self.blanks.items() if _has(document, path))
        return {path: blank for path, blank in there if _at(document, path) != blank}


@dataclass(frozen=True, slots=True)
class Named:
    """Documents that name many people: where `person` and `name` stand side by side, at any depth of these fields."""

    within: tuple[str, ...]
    found_by: tuple[str, ...]  # paths under which the database finds a person's id
    is_removed: bool = False

    def where(self, person: str) -> dict[str, Any]:
        """The query that finds what names a person."""
        return {"$or": [{path: person} for path in self.found_by]}

    def facts(self, document: Document) -> dict[str, dict[str, Any]]:
        """The names of each person, by their paths."""
        found: dict[str, dict[str, Any]] = {}
        for path, part in self._parts(document):
            if part["name"] != ERASED:
                found.setdefault(part["person"], {})[f"{path}.name"] = part["name"]
        return found

    def blank(self, document: Document, person: str) -> dict[str, Any]:
        """The paths of their name."""
        return dict.fromkeys(self.facts(document).get(person, {}), ERASED)

    def _parts(self, document: Document) -> Iterator[tuple[str, Document]]:
        for name in self.within:
            yield from _named_in(document.get(name), name)


def with_values(document: Document, values: Mapping[str, Any]) -> dict[str, Any]:
    """The document with these values at their paths, in the places where the old ones stood."""
    changed = deepcopy(dict(document))
    for path, value in values.items():
        *way, last = path.split(".")
        at: Any = changed
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[last] = value
    return changed


def _said(blank: Any, document: Document) -> Any:
    return blank(document) if callable(blank) else blank


def _named_in(value: Any, path: str) -> Iterator[tuple[str, Document]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("person"), str) and isinstance(value.get("name"), str):
            yield path, value
        for name, each in value.items():
            yield from _named_in(each, f"{path}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _named_in(each, f"{path}.{index}")


_NOTHING = object()


def _at(document: Document, path: str) -> Any:
    at: Any = document
    for step in path.split("."):
        at = at.get(step, _NOTHING) if isinstance(at, Mapping) else _NOTHING
    return at


def _has(document: Document, path: str) -> bool:
    return _at(document, path) is not _NOTHING
