"""An order of several lies across the end of a chunk of a cancellation's run: its end is said once, whoever dies."""

from collections.abc import Iterator

import pytest

from services.registration.changing.domain.conference_runs import CANCELLED_CONFERENCE
from services.registration.changing.jobs import CHUNK_SIZE
from services.registration.registering.domain.registrations import Life
from services.registration.registering.schemas.pace import FormPace
from shared import mongo
from shared.contracts.registration import OrderEnded, RegistrationCancelled, RegistrationRunClosed
from shared.ids import digest_of
from tests.integration.registration_house import House, house
from tests.namespaces import Namespace


class Died(BaseException):
    """The process has ended here; nobody is left to catch anything."""


@pytest.fixture
def town(namespace: Namespace) -> Iterator[House]:
    with house(namespace) as made:
        made.open_conference()
        yield made


def die_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def point(reached: str) -> None:
        if reached == name:
            raise Died(name)

    monkeypatch.setattr(mongo, "point", point)


@pytest.mark.parametrize("death", ["", "unit.saving", "unit.saved", "between"])
def test_an_order_across_two_chunks_ends_once_wherever_the_process_dies(
    town: House, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    for count in (200, 200, CHUNK_SIZE - 401):
        town.place_order(count=count)
        town.forget_pace(FormPace())
    placed = town.place_order(count=3)
    lead, *others = sorted(placed["registrations"])
    town.cancel()
    claim = town.claimed(CANCELLED_CONFERENCE)
    town.take_steps(claim, 2)  # the gates, and the first chunk
    assert [town.registration(each).life for each in (lead, *others)] == [
        Life.CANCELLED,
        Life.SUBMITTED,
        Life.SUBMITTED,
    ]
    assert placed["order"] not in {each.order for each in town.said(OrderEnded)}

    if death.startswith("unit."):
        with monkeypatch.context() as dying:
            die_at(dying, death)
            with pytest.raises(Died):
                town.take_steps(claim, 1)
    if death:
        town.look_again()  # whoever claims the run next
    else:
        town.take_steps(claim, 2)

    (ended,) = (each for each in town.said(OrderEnded) if each.order == placed["order"])
    assert (ended.registrations, ended.left) == (tuple(placed["registrations"]), ())
    cancelled = [each.registration for each in town.said(RegistrationCancelled)]
    assert len(cancelled) == len(set(cancelled)) == CHUNK_SIZE + 2
    (closed,) = town.said(RegistrationRunClosed)
    assert (closed.count, closed.digest) == (CHUNK_SIZE + 2, digest_of(cancelled))
