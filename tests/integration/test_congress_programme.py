"""The 79th congress in scheduling: it is imported at once, is in order, and shows what was planted in its draft."""

from typing import Any

import pytest

from deploy.demo.congress import delegates as people
from deploy.demo.congress.programme import PLANTED, tables
from services.scheduling.agendas.domain.agendas import Agenda
from services.scheduling.agendas.store.agendas import AGENDAS
from tests.integration.programme_house import Programme, begun, congress
from tests.namespaces import Namespace


@pytest.fixture
def programme(namespace: Namespace) -> Any:
    """The congress with its programme in draft."""
    with congress(namespace) as town:
        made = begun(town)
        made.done("POST", "/import", tables())
        yield made


def found(programme: Programme) -> list[tuple[str, tuple[str, ...]]]:
    codes = {each["id"]: each["code"] for each in programme.done("GET", "/sessions")["items"]}
    items = programme.done("GET", "/conflicts")["items"]
    return [(each["rule"], tuple(codes[id_] for id_ in each["sessions"])) for each in items]


def starred(programme: Programme, ids: dict[str, str]) -> None:
    agendas = programme.town.service.parts.database.mongo[AGENDAS.name]
    documents = [
        AGENDAS.document(
            Agenda(
                id=f"{programme.conference}:{each.index}",
                conference=programme.conference,
                person=str(each.index),
                stars=tuple(ids[code] for code in each.stars),
            )
        )
        for each in people.delegates()
    ]
    agendas.insert_many([{**each, "version": 1, "event_count": 0} for each in documents])


def test_the_programme_is_in_order_until_something_is_planted(programme: Programme) -> None:
    sessions = {each["code"]: each for each in programme.done("GET", "/sessions")["items"]}
    before = found(programme)
    starred(programme, {code: each["id"] for code, each in sessions.items()})

    for each in PLANTED:
        address = f"/sessions/{sessions[each['code']]['id']}"
        if "room" in each:
            slot = {"room": each["room"], "starts": sessions[each["code"]]["slot"]["starts"]}
            programme.done("PUT", f"{address}/slot", slot, seen=1)
        elif "speaker_of" in each:
            programme.done("PUT", f"{address}/cast", {"cast": sessions[each["speaker_of"]]["cast"][:1]}, seen=1)

    assert (len(sessions), before) == (126, [])
    assert found(programme) == [
        ("room_twice", ("C-19", "C-20")),
        ("speaker_twice", ("C-45", "C-46")),
        ("room_too_small", ("C-48",)),
    ]
