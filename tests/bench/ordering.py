"""Measures what an order of ten people costs beside an order of one: placed by the API, until all that follows has been
heard by every service, and every message has left. What the town costs at rest is not counted.
"""

from typing import Any

from deploy.acceptance.crowd import for_all
from tests.bench.crowd import ADDRESS, CATEGORY
from tests.bench.figures import Goal, Measurement
from tests.bench.processes import Cost
from tests.bench.running import Running

ORDER_COUNT, WARM_COUNT = 200, 20
PEOPLE_COUNT = 10
TO_ONE = Goal(figure=2.5, is_upper=True)


def measure(conference: str, *, town: Running) -> list[Measurement]:
    """What an order of one and one of ten cost, and how much more the larger one does."""
    for count in (1, PEOPLE_COUNT):
        _place(conference, range(WARM_COUNT), people_count=count, what="warm", town=town)
    one, ten = (_cost(conference, people_count=count, town=town) for count in (1, PEOPLE_COUNT))
    ratio = sum(ten.values()) / sum(one.values())
    return [
        *(
            Measurement(
                name=f"cost of an order of {count}",
                figure=sum(cost.values()),
                unit="CPU ms",
                more={"cpu_milliseconds_each": cost},
            )
            for count, cost in ((1, one), (PEOPLE_COUNT, ten))
        ),
        Measurement(name=f"cost of an order of {PEOPLE_COUNT} to one of 1", figure=ratio, unit="ratio", goal=TO_ONE),
    ]


def _cost(conference: str, *, people_count: int, town: Running) -> dict[str, float]:
    cost = Cost(town.processes, at_rest=town.at_rest())
    _place(conference, range(ORDER_COUNT), people_count=people_count, what="order", town=town)
    return cost.milliseconds_each(ORDER_COUNT)


def _place(conference: str, numbers: range, *, people_count: int, what: str, town: Running) -> None:
    """Place so many orders, several at a time; return when nothing that follows from them is left to do."""

    def place(number: int) -> Any:
        name = f"{what}-{people_count}-{number}"
        people = [{"person": _contact(f"{name}-{each}"), "category": CATEGORY} for each in range(people_count)]
        about: dict[str, Any] = {"conference": conference, "tender": "transfer"}
        if people_count == 1:
            route, body = "registrations", about | people[0]
        else:
            route, body = "orders", about | {"payer": _contact(name), "people": people}
        url = f"{town.addresses.registration}/registration/{route}"
        return town.caller.post(url, body, key=name, account=town.addresses.committee)

    for_all(place, numbers, said="orders are placed", say=lambda _: None)
    town.finish()


def _contact(name: str) -> dict[str, Any]:
    return {"name": f"Delegate {name}", "email": f"{name}@example.org", "postal_address": list(ADDRESS)}
