"""What the map may not hold: events that nobody says or hears, jobs that nobody starts or does, cut sentences."""

from collections.abc import Iterator

from deploy.catalogue.reading import Catalogue

ENDS = (".", "!", "?")


def faults(catalogue: Catalogue) -> list[str]:
    """A sentence for each thing in the declarations that would make the printed map untrue; none when all is well."""
    return [*_unsaid(catalogue), *_unheard(catalogue), *_undone(catalogue), *_cut(catalogue)]


def _unsaid(catalogue: Catalogue) -> Iterator[str]:
    for event in catalogue.events:
        is_said = bool(catalogue.producers(event))
        if not is_said and not event.why_unsaid:
            yield f"{event.__name__} is said by nobody: declare who says it, take it away, or say `why_unsaid`."
        if is_said and event.why_unsaid:
            yield f"{event.__name__} is said, so its `why_unsaid` is no longer so."


def _unheard(catalogue: Catalogue) -> Iterator[str]:
    for event in catalogue.events:
        is_heard = bool(catalogue.listeners(event))
        if not is_heard and not event.why_unheard:
            yield f"{event.__name__} is heard by nobody: add a handler, or say beside the event `why_unheard`."
        if is_heard and event.why_unheard:
            yield f"{event.__name__} is heard, so its `why_unheard` is no longer so."


def _undone(catalogue: Catalogue) -> Iterator[str]:
    for service, declared in catalogue.declared.items():
        started = {name for each in declared for name in each.starts}
        for collection in sorted(catalogue.collections(service)):
            if collection not in started:
                yield f"{service}: nobody starts the jobs of {collection}."
            if not catalogue.recorders(service, collection):
                yield f"{service}: nobody records what came of the jobs of {collection}."


def _cut(catalogue: Catalogue) -> Iterator[str]:
    shown = {event.__name__: event.meaning() for event in catalogue.events}
    for service, declared in catalogue.declared.items():
        shown |= {f"{service} {each.name}": each.meaning for each in declared}
    for name, line in shown.items():
        if not line.endswith(ENDS):
            yield f"{name}: the first line of its docstring is shown, and is no whole sentence: {line!r}."
