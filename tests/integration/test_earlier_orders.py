"""Registrations that came in before orders were said of: carried over, each has its order, whether payments had heard
of it or not. Nothing is invoiced twice, and no service starts on what was not carried over."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.registration.registering import commands
from services.registration.registering.commands import EARLIER_ORDERS
from services.registration.registering.domain.registrations import Life
from shared.contracts.payments import InvoiceIssued
from shared.contracts.registration import OrderPlaced, RegistrationSubmitted
from shared.migrating import NotMigrated, migrate, require_migrated
from tests.integration.leaving_houses import Two, both
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration_house import FEE_MINOR, GUEST_FEE_MINOR
from tests.integration.two_houses import OPTION_MINOR
from tests.namespaces import Namespace


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def as_kept_before(two: Two, *registered: dict[str, Any]) -> None:
    """What that version kept and said of these: no order, no word of one, and no payer."""
    mongo = two.registration.database.mongo
    for each in registered:
        mongo["orders"].delete_one({"_id": each["order"]})
        mongo["events"].delete_many({"key": each["order"]})
        mongo["registrations"].update_one({"_id": each["registration"]}, {"$unset": {"payer": ""}})
        said = {"_id": f"{each['registration']}:1", "type": RegistrationSubmitted.type}
        row = mongo["events"].find_one(said)
        assert row is not None
        data = json.loads(row["data"])
        del data["payer"], data["held_until"]
        mongo["events"].update_one(said, {"$set": {"data": json.dumps(data).encode()}})


def test_what_payments_had_not_heard_before_the_upgrade_is_owed_for_all_the_same(two: Two) -> None:
    heard = two.register()
    unheard = two.registration.register(tender="cheque", options=["a-07"], guests=[{"name": "Ottoline"}])
    as_kept_before(two, heard, unheard)
    database, migrations = two.registration.database, two.registration.parts.migrations
    with pytest.raises(NotMigrated, match=r"Orders of registrations are kept.*services\.registration migrate"):
        require_migrated(database, migrations)

    assert migrate(database, migrations) == ["Orders of registrations: 2 carried over."]
    require_migrated(database, migrations)
    assert migrate(database, migrations) == []
    two.talk()

    order = two.payments.order(unheard["order"])
    assert order.owed_minor == FEE_MINOR + GUEST_FEE_MINOR + OPTION_MINOR
    issued = sorted(each.order for each in two.payments.said(InvoiceIssued))
    assert issued == sorted([heard["order"], unheard["order"]])
    two.pay(unheard, "cheque", amount_minor=order.owed_minor)
    assert two.life(unheard["registration"]) is Life.CONFIRMED
    two.pay(heard)
    assert two.leave(heard["registration"]).status_code == 200


def test_who_was_stopped_half_way_says_no_order_twice(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_EARLIER_CHUNK_SIZE", 2)
    registered = [two.registration.register(tender="cheque") for _ in range(3)]
    as_kept_before(two, *registered)
    two.registration.database.run(commands.place_earlier, submitted=two.registration.said(RegistrationSubmitted)[:2])

    migrate(two.registration.database, [EARLIER_ORDERS])

    said = sorted(each.order for each in two.registration.said(OrderPlaced))
    assert said == sorted(each["order"] for each in registered)


def test_orders_of_today_are_left_alone(two: Two) -> None:
    two.register()
    two.order(2)

    assert migrate(two.registration.database, [EARLIER_ORDERS]) == []
