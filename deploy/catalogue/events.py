"""EVENTS.md: who says what, who listens, and what follows from it."""

from collections.abc import Iterator

from deploy.catalogue.reading import Catalogue
from shared.contracts.envelope import Event
from shared.contracts.flow import Declaration


def events_page(catalogue: Catalogue) -> str:
    """The page that answers: who says what, who listens, and what follows from it."""
    question = (
        "**What happens when a conference is cancelled?** Read the tree of [ConferenceCancelled](#conferencecancelled)"
    )
    story = "the story in [tests/stories/test_conference_cancelled.py](tests/stories/test_conference_cancelled.py)."
    legend = (
        "An event, then who listens to it and what they say. *Later* marks who acts after the handler has recorded "
        "what is to be done; below stands who records what came of it. A branch that has been told above ends with an "
        "arrow."
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
        said_by = ", ".join(f"`{each.name}`" for each in catalogue.producers(event)) or f"nobody: {event.why_unsaid}"
        listeners = (
            ", ".join(f"{service} `{each.name}`" for service, each in catalogue.listeners(event))
            or f"nobody: {event.why_unheard}"
        )
        version = event.type.rpartition(".v")[2]
        where = f"{event.service}, {event.key_field}"
        rows.append(f"| {event.__name__} | {event.meaning()} | {said_by} | {where} | {listeners} | {version} |")
    return "\n".join(rows)


def _tree(catalogue: Catalogue, root: type[Event]) -> str:
    by = ", ".join(f"{root.service} `{each.name}`" for each in catalogue.producers(root) if each.kind == "command")
    lines = [f"### {root.__name__}", f"{root.meaning()} Said by {by}.", ""]
    return "\n".join([*lines, *_branches(catalogue, root, depth=0, told={root})])


def _branches(catalogue: Catalogue, event: type[Event], *, depth: int, told: set[object]) -> Iterator[str]:
    for service, handler in catalogue.listeners(event):
        yield f"{'  ' * depth}- {service} `{handler.name}`: {handler.meaning}"
        yield from _said(catalogue, handler, depth=depth + 1, told=told)
        yield from _later(catalogue, service, handler, depth=depth + 1, told=told)


def _later(
    catalogue: Catalogue, service: str, declared: Declaration, *, depth: int, told: set[object]
) -> Iterator[str]:
    """Who acts on what was started, and who records what came of it."""
    for collection in sorted(declared.starts):
        recorders = catalogue.recorders(service, collection)
        actors = catalogue.actors(service, collection) or recorders
        if (service, collection) in told:
            yield f"{'  ' * depth}- *later* {', '.join(f'`{each.name}`' for each in actors)} ↑"
            continue
        told.add((service, collection))
        for actor in actors:
            yield f"{'  ' * depth}- *later* `{actor.name}`: {actor.meaning}"
        for recorder in recorders:
            is_apart = recorder not in actors
            if is_apart:
                yield f"{'  ' * (depth + 1)}- `{recorder.name}`: {recorder.meaning}"
            yield from _said(catalogue, recorder, depth=depth + 1 + is_apart, told=told)
            yield from _later(catalogue, service, recorder, depth=depth + 1 + is_apart, told=told)


def _said(catalogue: Catalogue, declared: Declaration, *, depth: int, told: set[object]) -> Iterator[str]:
    for event in (each for each in catalogue.events if each in declared.emits):
        indent = "  " * depth
        if event in told:
            yield f"{indent}- **{event.__name__}** ↑"
            continue
        told.add(event)
        yield f"{indent}- **{event.__name__}**: {event.meaning()}"
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
