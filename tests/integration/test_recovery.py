"""What payments and registration do about what they had said after their backup: by themselves, or by a person."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.payments.recovery import RECOVERY as PAYMENTS_RECOVERY
from services.registration.changing.commands.choices import choose_settlement
from services.registration.registering.domain.endings import BY_DEADLINE
from shared.catching_up import report
from shared.contracts.payments import InvoiceVoided, PaymentCaptured, SettlementOffered
from shared.contracts.registration import RegistrationSubmitted, SettlementFixed
from shared.mongo import Database
from shared.recall import PENDING, RECALLED, Behind
from shared.stories import CannotHandle
from shared.unit import ARCHIVE
from tests.integration.payments_house import House as Payments
from tests.integration.payments_house import house as payments_house
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration_house import CHOOSE_UNTIL, offered
from tests.integration.registration_house import House as Registration
from tests.integration.registration_house import house as registration_house
from tests.integration.test_restoring import go_back, moment
from tests.namespaces import Namespace


@pytest.fixture
def payments(namespace: Namespace, shared_provider: RunningProvider) -> Iterator[Payments]:
    with payments_house(namespace, shared_provider) as made:
        yield made


@pytest.fixture
def registration(namespace: Namespace) -> Iterator[Registration]:
    with registration_house(namespace) as made:
        yield made


def lost(database: Database, do: Callable[[], Any]) -> None:
    """Something is done; then the backup of before comes back, and what was said since is taken back from the topic."""
    backup = moment(database)
    do()
    known = {each["_id"] for each in backup[ARCHIVE]}
    later = [each for each in database.mongo[ARCHIVE].find() if each["_id"] not in known]
    go_back(database, backup)
    database.mongo[ARCHIVE].insert_many({**each, "published": True, RECALLED: PENDING} for each in later)
    assert database.recalled.look()


def test_a_cheque_that_only_finance_knows_is_named_and_nobody_decides_without_it(payments: Payments) -> None:
    order = payments.submit("cheque")
    received = {"reference": "4711", "received_on": payments.database.clock.now().date().isoformat()}
    lost(payments.database, lambda: payments.record(order, "cheque", **received))

    lines = report(payments.database, PAYMENTS_RECOVERY)
    assert lines[-1].strip() == f"a recorded cheque of $575.00 on order {order} (registration {_registration(order)})"
    with pytest.raises(CannotHandle, match=Behind.__name__):
        payments.cancel(order)
    assert payments.said(InvoiceVoided) == []

    payments.record(order, "cheque", **received)
    payments.cancel(order)

    assert [each.amount_minor for each in payments.said(PaymentCaptured)] == [57500]
    assert [each.refundable_minor for each in payments.said(SettlementOffered)] == [57500]


def _registration(order: str) -> str:
    return order.replace("ord_", "reg_")


def test_a_registration_of_after_the_backup_is_made_again_as_it_was_sold(registration: Registration) -> None:
    registration.open_conference()
    made: list[dict[str, Any]] = []
    guests = [{"name": "Robin Whitfield"}]
    lost(registration.database, lambda: made.append(registration.register(guests=guests)))
    id_ = str(made[0]["registration"])

    lacking = registration.parts.catching_up.all_at_once()

    assert lacking == [f"the names of the guests of registration {id_} (1)"]
    again = registration.registration(id_)
    assert (again.category, again.total_minor, len(again.guests)) == ("delegate", 57500 + 25000, 1)
    assert [each.registration for each in registration.said(RegistrationSubmitted)] == [id_]
    assert not registration.database.recalled.look()
    registration.cancel()
    registration.run_jobs()
    assert registration.registration(id_).run == "run_1", "it ends with all the others"


def test_a_choice_that_was_made_in_time_is_made_again_however_late_it_is(registration: Registration) -> None:
    registration.open_conference()
    id_ = str(registration.register()["registration"])
    registration.cancel()
    registration.run_jobs()
    registration.hear(offered(registration.registration(id_)))
    lost(registration.database, lambda: _choose(registration, id_, "donate"))
    registration.database.clock.move(CHOOSE_UNTIL)

    registration.parts.catching_up.all_at_once()
    registration.look_again()

    (fixed,) = registration.said(SettlementFixed)
    assert (fixed.choice, fixed.fixed_by) == ("donate", BY_DEADLINE)


def _choose(registration: Registration, id_: str, choice: str) -> None:

    registration.database.run(choose_settlement, registration=id_, choice=choice)
