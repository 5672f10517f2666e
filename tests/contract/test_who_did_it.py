"""Whatever somebody at a desk changes is stamped with them, or said with their id: walked over every documented route.

Each route that changes something is asked, as a signed-in person's script, for things that exist; what the database
then says was written is looked at, document by document. `COUNTERS` are the fields by which two who write at once see
each other: whatever such a write stands beside is stamped.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from pymongo.change_stream import ChangeStream
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from shared import statements
from shared.clock import host_now
from shared.mongo import Database
from shared.parts import assembly_of
from shared.principals import Held, Principal, Role
from shared.settings import SERVICES, Settings
from shared.statements import Statement
from shared.unit import ARCHIVE, STAMP
from tests.contract.doors import Door

HELEN = Principal(person="acc_helen", name="Helen Okafor", roles=frozenset(Held(each) for each in Role), is_script=True)
CHANGING = ("post", "put", "patch", "delete")
MARKER = "marker"
COUNTERS: Mapping[tuple[str, str], set[str]] = {
    ("registration", "gates"): {"entered_count"},
    ("scheduling", "conferences"): {"programme_change_count"},
    ("scheduling", "programmes"): {"used_count"},
}
REACHED = {
    "scheduling": 5,
    "registration": 2,
    "payments": 1,
    "notifications": 1,
}  # routes that changed something, at least
BOUNDED = settings(
    max_examples=16,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", SERVICES)
def test_whatever_somebody_changes_says_who_it_was(doors: Mapping[str, Door], service: str) -> None:
    door = doors[service]
    schema = schemathesis.openapi.from_wsgi(f"/{service}/openapi.json", door.app)
    found: dict[str, set[str]] = {}

    with assembly_of(door.app)[Database].mongo.watch(full_document="updateLookup") as stream:
        for operation in (each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)):
            if operation.method in CHANGING:
                found |= _asked(operation, door, stream)

    assert len(found) >= REACHED[service], sorted(found)
    assert not {route: nameless for route, nameless in found.items() if nameless}


def _asked(operation: Any, door: Door, stream: ChangeStream[Any]) -> dict[str, set[str]]:
    """What such requests wrote without a word of who it was, by the route; routes that wrote nothing aren't there."""
    said = Statement(session="tok_helen", principal=HELEN, made_at=host_now())
    headers = {"Authorization": f"Bearer {statements.write(assembly_of(door.app)[Settings], said)}"}
    database = assembly_of(door.app)[Database]
    found: dict[str, set[str]] = {}

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE), which=st.integers(0, 9))
    def ask(case: Case[Any], which: int) -> None:
        for asked in (case.path_parameters, case.query):
            for name in asked or ():
                if name in door.known:
                    asked[name] = door.known[name][which % len(door.known[name])]
        if case.call(headers=headers).status_code < 400 and (written := list(_written(database, stream))):
            nameless = {each["ns"]["coll"] for each in written if not _is_hers(each, door.service)}
            found.setdefault(operation.label, set()).update(nameless)

    ask()
    return found


def _written(database: Database, stream: ChangeStream[Any]) -> Iterator[dict[str, Any]]:
    """All that was written since it was last asked, as the database tells of it."""
    database.mongo[MARKER].insert_one({})
    for each in stream:
        if each["ns"]["coll"] == MARKER:
            return
        yield each


def _is_hers(change: Mapping[str, Any], service: str) -> bool:
    """Whether what was written says that it was her, or needn't."""
    document, collection = change.get("fullDocument") or {}, change["ns"]["coll"]
    actor = document.get("actor") if collection == ARCHIVE else document.get(STAMP, {}).get("actor")
    counted = set(change.get("updateDescription", {}).get("updatedFields", {}))
    return bool(actor == HELEN.person) or (bool(counted) and counted <= COUNTERS.get((service, collection), set()))
