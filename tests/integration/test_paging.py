"""Pages of a list on a real database: everything once, in order, whatever it is sorted by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.collection import Collection
from shared.mongo import Database
from shared.web.paging import NoSuchPage, Sort, find_all, find_page
from shared.web.searching import matching
from tests.namespaces import Namespace
from tests.town import settings_for

pytestmark = pytest.mark.integration
BEGIN = datetime(2020, 4, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A document."""

    id: str
    owed_minor: int
    made_at: datetime
    by: dict[str, str]


FEES = Collection("paged_fees", Fee)


@pytest.fixture
def fees(namespace: Namespace) -> Iterator[Database]:
    settings = settings_for("payments", namespace)
    database = Database(settings.mongo_url, name=settings.database_name, service="payments")
    database.prepare([FEES])
    database.mongo[FEES.name].insert_many(
        {
            "_id": f"f{number:02}",
            "owed_minor": number % 4,
            "made_at": BEGIN + timedelta(days=number % 5),
            "by": {"name": f"n{number % 3}"},
        }
        for number in range(23)
    )
    yield database
    database.close()


@pytest.mark.parametrize("field", ["_id", "owed_minor", "made_at", "by.name"])
@pytest.mark.parametrize("is_descending", [False, True])
def test_every_row_is_shown_once_and_in_order(fees: Database, field: str, *, is_descending: bool) -> None:
    sort, seen, after = Sort(field, is_descending=is_descending), [], ""

    while True:
        page = find_page(fees, FEES, {}, sort=sort, after=after, limit=5)
        seen += [each.id for each in page.rows]
        after = page.next
        if not after:
            break

    assert seen == [each.id for each in find_all(fees, FEES, {}, sort=sort)]
    assert sorted(seen) == [f"f{number:02}" for number in range(23)]


def test_a_page_keeps_to_what_was_asked_for(fees: Database) -> None:
    first = find_page(fees, FEES, {"owed_minor": 3}, sort=Sort("made_at"), after="", limit=3)
    second = find_page(fees, FEES, {"owed_minor": 3}, sort=Sort("made_at"), after=first.next, limit=3)

    assert [each.owed_minor for each in (*first.rows, *second.rows)] == [3] * 5
    assert second.next == ""


@pytest.mark.parametrize("after", ["!", "e30", "W3siJGd0IjogIiJ9LCAiYSJd", "WzEsIHsiJGd0IjogIiJ9XQ", "x" * 501, "éé"])
def test_a_place_that_no_page_led_to_is_refused(fees: Database, after: str) -> None:
    with pytest.raises(NoSuchPage):
        find_page(fees, FEES, {}, sort=Sort("owed_minor"), after=after, limit=5)


def test_words_are_found_whatever_their_capitals_and_accents(fees: Database) -> None:
    names = {"f00": "Ana Peña-Núñez", "f01": "ANA PENA", "f02": "Zoë (Ltd.) d'Écluse", "f03": "Łukasz"}
    for id_, name in names.items():
        fees.mongo[FEES.name].update_one({"_id": id_}, {"$set": {"by.name": name}})

    def found(query: str) -> list[str]:
        where = matching(query, fields=("by.name", "by.town"))
        return [each.id for each in find_all(fees, FEES, where, sort=Sort())]

    assert found("pena ana") == ["f00", "f01"]
    assert found("NÚÑEZ") == ["f00"]
    assert found("ecluse zoe") == ["f02"]
    assert found("(ltd.)") == ["f02"]
    assert found("pena.*") == []
    assert len(found("")) == 23  # nobody is left out who searches for nothing
