"""Prints EVENTS.md and the AsyncAPI document from the declarations in the code: `python -m deploy.catalogue [--check]`.

Nothing here is written by hand: a listener that isn't declared doesn't exist, because the worker would not call it.
"""

import argparse
import importlib
import importlib.util
import json
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from shared.contracts.envelope import Event, declared_events
from shared.contracts.flow import Declaration, declarations
from shared.settings import SERVICES

ROOT = Path(__file__).parent.parent
EVENTS = ROOT / "EVENTS.md"
ASYNCAPI = ROOT / "shared" / "contracts" / "asyncapi.json"
ROOMS = ("commands", "handlers", "jobs", "recovery")


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

    def jobs_of(self, service: str, declared: Declaration) -> list[Declaration]:
        """The jobs to which a handler, command or job leaves the rest."""
        by_name = {each.name: each for each in self.declared[service] if each.kind == "job"}
        return [by_name[name] for name in declared.starts]

    def roots(self) -> list[type[Event]]:
        """The events that a person's command says: where a story begins."""
        return [event for event in self.events if any(each.kind == "command" for each in self.producers(event))]


def read_code() -> Catalogue:
    """Import every service's declaring rooms and gather what they declare."""
    for service in SERVICES:
        importlib.import_module(f"shared.contracts.{service}")
    declared = {
        service: [each for module in _declaring(service) for each in declarations(module)] for service in SERVICES
    }
    events = sorted(declared_events(), key=lambda event: SERVICES.index(event.service))
    return Catalogue(events, declared)


def _declaring(service: str) -> Iterator[ModuleType]:
    """The rooms in which a service declares what it does: its own, and those of its parts."""
    package = importlib.import_module(f"services.{service}")
    parts = sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.ispkg)
    for place in (f"services.{service}", *(f"services.{service}.{part}" for part in parts)):
        for room in ROOMS:
            if importlib.util.find_spec(f"{place}.{room}"):
                yield importlib.import_module(f"{place}.{room}")


# EVENTS.md


def events_page(catalogue: Catalogue) -> str:
    """The page that answers: who says what, who listens, and what follows from it."""
    question = (
        "**What happens when a conference is cancelled?** Read the tree of [ConferenceCancelled](#conferencecancelled)"
    )
    story = "the story in [tests/stories/test_conference_cancelled.py](tests/stories/test_conference_cancelled.py)."
    legend = (
        "An event, then who listens to it and what they say. *Later* marks what a job does after the handler has "
        "recorded it. A branch that has been told above ends with an arrow."
    )
    parts = [
        "# Events",
        "Printed from the declarations in the code by `make events`; `make check` fails when this page is stale.",
        f"{question}, then {story}",
        "## The flow in a picture",
        _mermaid(catalogue),
        "## Every event",
        _table(catalogue),
        "## What follows from what",
        legend,
        *(_tree(catalogue, root) for root in catalogue.roots()),
    ]
    return "\n\n".join(parts) + "\n"


def _table(catalogue: Catalogue) -> str:
    rows = ["| event | meaning | said by | topic, key | listeners | version |", "|---|---|---|---|---|---|"]
    for event in catalogue.events:
        said_by = ", ".join(f"`{each.name}`" for each in catalogue.producers(event)) or "nobody yet"
        listeners = (
            ", ".join(f"{service} `{each.name}`" for service, each in catalogue.listeners(event)) or "nobody yet"
        )
        version = event.type.rpartition(".v")[2]
        where = f"{event.service}, {event.key_field}"
        rows.append(f"| {event.__name__} | {_meaning(event)} | {said_by} | {where} | {listeners} | {version} |")
    return "\n".join(rows)


def _meaning(event: type[Event]) -> str:
    return (event.__doc__ or "").strip().partition("\n")[0]


def _tree(catalogue: Catalogue, root: type[Event]) -> str:
    by = ", ".join(f"{root.service} `{each.name}`" for each in catalogue.producers(root) if each.kind == "command")
    lines = [f"### {root.__name__}", f"{_meaning(root)} Said by {by}.", ""]
    return "\n".join([*lines, *_branches(catalogue, root, depth=0, told={root})])


def _branches(catalogue: Catalogue, event: type[Event], *, depth: int, told: set[object]) -> Iterator[str]:
    for service, handler in catalogue.listeners(event):
        indent = "  " * depth
        yield f"{indent}- {service} `{handler.name}`: {handler.meaning}"
        yield from _said(catalogue, handler, depth=depth + 1, told=told)
        for job in _all_jobs(catalogue, service, handler):
            if job in told:
                yield f"{indent}  - *later* `{job.name}` ↑"
                continue
            told.add(job)
            yield f"{indent}  - *later* `{job.name}`: {job.meaning}"
            yield from _said(catalogue, job, depth=depth + 2, told=told)


def _all_jobs(catalogue: Catalogue, service: str, declared: Declaration) -> list[Declaration]:
    found: list[Declaration] = []
    open_ = catalogue.jobs_of(service, declared)
    while open_:
        job = open_.pop(0)
        if job not in found:
            found.append(job)
            open_.extend(catalogue.jobs_of(service, job))
    return found


def _said(catalogue: Catalogue, declared: Declaration, *, depth: int, told: set[object]) -> Iterator[str]:
    for event in (each for each in catalogue.events if each in declared.emits):
        indent = "  " * depth
        if event in told:
            yield f"{indent}- **{event.__name__}** ↑"
            continue
        told.add(event)
        yield f"{indent}- **{event.__name__}**: {_meaning(event)}"
        yield from _branches(catalogue, event, depth=depth + 1, told=told)


def _mermaid(catalogue: Catalogue) -> str:
    edges = sorted(
        {(event.service, listener) for event in catalogue.events for listener, _ in catalogue.listeners(event)}
    )
    lines = ["```mermaid", "flowchart LR"]
    for producer, listener in edges:
        names = [
            e.__name__
            for e in catalogue.events
            if e.service == producer and listener in {s for s, _ in catalogue.listeners(e)}
        ]
        lines.append(f'  {producer} -- "{"<br>".join(names)}" --> {listener}')
    return "\n".join([*lines, "```"])


# AsyncAPI


def asyncapi(catalogue: Catalogue) -> dict[str, Any]:
    """An AsyncAPI 3 document: a channel per topic, a message per event, send and receive operations per service."""
    schemas, components = msgspec.json.schema_components(catalogue.events, ref_template="#/components/schemas/{name}")
    messages = {
        event.__name__: {
            "name": event.type,
            "title": event.__name__,
            "summary": _meaning(event),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": schema,
            "bindings": {"kafka": {"key": {"type": "string", "description": f"The {event.key_field}'s id."}}},
        }
        for event, schema in zip(catalogue.events, schemas, strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Reconvene", "version": "1", "description": "What the four services say to each other."},
        "defaultContentType": "application/json",
        "channels": {service: _channel(catalogue, service) for service in SERVICES},
        "operations": _operations(catalogue),
        "components": {"messages": messages, "schemas": {**components, "CloudEventHeaders": _headers_schema()}},
    }


def _channel(catalogue: Catalogue, service: str) -> dict[str, Any]:
    own = [event.__name__ for event in catalogue.events if event.service == service]
    return {
        "address": service,
        "description": f"Everything that {service} tells; the key is the aggregate's id.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in own},
    }


def _operations(catalogue: Catalogue) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for event in catalogue.events:
        message = [{"$ref": f"#/channels/{event.service}/messages/{event.__name__}"}]
        channel = {"$ref": f"#/channels/{event.service}"}
        operations[f"{event.service}.says.{event.__name__}"] = {
            "action": "send",
            "channel": channel,
            "messages": message,
        }
        for service, handler in catalogue.listeners(event):
            operations[f"{service}.{handler.name}"] = {
                "action": "receive",
                "summary": handler.meaning,
                "channel": channel,
                "messages": message,
            }
    return operations


def _headers_schema() -> dict[str, Any]:
    required = ("specversion", "id", "type", "source", "subject", "time", "partitionkey", "sequence", "correlationid")
    names = (*required, "causationid", "traceparent")
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in binary mode; `sequence` counts the aggregate's events from 1 without gaps.",
        "properties": {f"ce_{name}": {"type": "string"} for name in names},
        "required": [f"ce_{name}" for name in required],
    }


def main() -> int:
    """Write both documents, or with `--check` say whether they are what the code would print."""
    parser = argparse.ArgumentParser(description="Print EVENTS.md and the AsyncAPI document from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a document is stale")
    check = parser.parse_args().check
    catalogue = read_code()
    printed = {EVENTS: events_page(catalogue), ASYNCAPI: json.dumps(asyncapi(catalogue), indent=1) + "\n"}
    stale = [path for path, text in printed.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is stale: run `make events` and commit what it prints.", file=sys.stderr)
        else:
            path.write_text(printed[path])
            print(f"printed {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
