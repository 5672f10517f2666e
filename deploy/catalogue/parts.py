"""The parts of every service as tables, printed from the manifests, and what a manifest may not say."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.parts import ROOMS, Manifest, Part, manifest_of
from shared.settings import SERVICES

BEGIN, END = "<!-- parts: printed by `make events` -->", "<!-- end of parts -->"


def manifests() -> tuple[Manifest, ...]:
    """The manifests of the services that have one."""
    having = (each for each in SERVICES if importlib.util.find_spec(f"services.{each}.parts") is not None)
    return tuple(manifest_of(service) for service in having)


def printed(document: str, table: str) -> str:
    """A document with the table between its two markers; raises ValueError when it hasn't both."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the document has no markers between which the parts are printed")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def short_table(found: Sequence[Manifest]) -> str:
    """A row for each service, its parts by name: for the README."""
    rows = [
        f"| [{each.service}](ARCHITECTURE.md#parts-of-{each.service}) "
        f"| {', '.join(f'`{part.name}`' for part in each.parts)} |"
        for each in found
    ]
    return "\n".join(["| service | parts, ground floor first |", "|---|---|", *rows])


def long_table(found: Sequence[Manifest]) -> str:
    """A table for each service, a row for each part with its sentence: for ARCHITECTURE."""
    return "\n\n".join(_table(each) for each in found)


def _table(manifest: Manifest) -> str:
    rows = [f"| {_link(manifest, part)} | {part.sentence} |" for part in manifest.parts]
    return "\n".join([f"### Parts of {manifest.service}", "", "| part | what it is for |", "|---|---|", *rows])


def _link(manifest: Manifest, part: Part) -> str:
    return f"[{part.name}](services/{manifest.service}/{part.name})"


def manifest_faults(found: Sequence[Manifest], root: Path) -> Iterator[str]:
    """A sentence for each part that isn't there or has more than rooms, and each package that is no part."""
    for manifest in found:
        here = root / "services" / manifest.service
        packages = {each.parent.name for each in here.glob("*/__init__.py")}
        programs = {each.parent.name for each in here.glob("*/__main__.py")}
        named = {part.name for part in manifest.parts}
        for name in sorted(named - packages):
            yield f"{manifest.service}: its manifest names {name}, and there is no such package."
        for name in sorted(packages - programs - named):
            yield f"{manifest.service}: {name} is a package and no part in its manifest."
        for part in manifest.parts:
            for name in _no_rooms(here / part.name):
                yield f"{manifest.service} {part.name}: {name} is none of the rooms that a part has."
            if not part.sentence.endswith((".", "?", "!")):
                yield f"{manifest.service} {part.name}: what is said of it is no whole sentence."


def _no_rooms(part: Path) -> list[str]:
    """What stands in a part beside its rooms and their templates."""
    files = {each.name for each in part.iterdir() if not each.name.startswith("__")} if part.is_dir() else set()
    rooms = {*ROOMS, *(f"{room}.py" for room in ROOMS), "templates"}
    return sorted(files - rooms)
