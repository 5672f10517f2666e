"""What registration's desk reads doesn't grow with how many have registered."""

from collections.abc import Iterator

import pytest

from services.registration.people.store import PEOPLE
from services.registration.registering.store import REGISTRATIONS
from tests.examined import examined
from tests.integration.registration_house import House, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE

MANY = 4_000
EXAMINED_MAX = 600  # documents of one collection: a list of two hundred, and what stands beside it


@pytest.fixture(scope="module")
def crowded(module_namespace: Namespace) -> Iterator[House]:
    """A conference for which thousands have registered."""
    with house(module_namespace) as registration:
        registration.open_conference("74th")
        registration.register()
        for name in (REGISTRATIONS.name, PEOPLE.name):
            (document,) = registration.database.mongo[name].find()
            copies = [
                {
                    **document,
                    "_id": f"{document['_id']}~{number:05}",
                    "person": f"per_{number:05}",
                    "identity": f"{number}",
                    "life": ("submitted", "confirmed")[number % 2],
                }
                for number in range(MANY)
            ]
            registration.database.mongo[name].insert_many(copies)
        yield registration


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/conferences/74th",
        "/conferences/74th?after=reg_0",
        "/conferences/74th?state=confirmed",
        "/conferences/74th?sort=-registered",
        "/conferences/74th?sort=invoice&state=submitted",
    ],
)
def test_a_page_of_the_desk_looks_at_no_more_however_many_have_registered(crowded: House, path: str) -> None:
    with examined(crowded.database) as reads:
        page = crowded.client.get(f"/registration/desk{path}", auth=COMMITTEE, headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert "2001" in page.text.replace(",", "") or "4001" in page.text.replace(",", "")
    assert {name: count for name, count in reads.items() if count > EXAMINED_MAX} == {}
