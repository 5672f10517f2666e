"""`make cancel STORY=...` where towns have registered several of their people on one order each.

Seven towns have sent two or three clerks each: by card, by cheque, on a grant, on a purchase order. Two others came on
their own. The day before the committee cancels, the first of some orders leaves: a fee is kept of whoever had paid, and
the rest goes back. Then it is cancelled. Each town's contact gets one message with the sums and decides for all; each
clerk is told that it has ended. In the end every cent has found its place.

The two stories of the demo with such orders are played while processes are killed; what must come of them stands in the
head of each file, and `tests/unit/test_story_orders.py` holds the expectation against it.
"""

from pathlib import Path

import pytest

from tests.engines import TestEngines
from tests.stories.towns import STORIES, played

STORY = """
[conference]
key = "small-towns"
title = "Small Conference of Towns"
city = "Kingston"
starts = 2020-05-17
ends = 2020-05-20
zone = "America/Toronto"
currency = "CAD"
cancelled_on = 2020-04-09
choose_by = 2020-04-30

[terms]
organiser_cancels_fee_minor = 5000    # kept of each that is still there and was paid
leave_fee_minor = 10000               # kept of each that left before

[[registrations]]
count = 6
tender = "card"
price_minor = 50000
people_per_order = 3
leave_before = 1
without_email = 2

[[registrations]]
count = 4
tender = "cheque"
price_minor = 50000
people_per_order = 2

[[registrations]]
count = 2
tender = "grant"
price_minor = 50000
people_per_order = 2
leave_before = 1

[[registrations]]
count = 4
tender = "purchase_order"
price_minor = 60000
people_per_order = 2
leave_before = 1

[[registrations]]
count = 2
tender = "card"
price_minor = 50000
guests = 1
guest_price_minor = 20000

[choices]
credit = { card = 2 }                 # the two who are left of the first order
donate = { cheque = 2 }

[faults]
cards_refusing_refund = 1             # the second order, whole
"""

EVERY_CENT = {
    "registrations": 15,
    "settled": 15,
    "persons_told": 15,  # and the seven payers are none of them
    "voided_minor": 3 * 60000,
    "grants_released_minor": 50000,
    "refunds_approved_minor": (3 + 2 + 2) * 45000 + 20000,
    "credits_minor": 2 * 45000,
    "donations_minor": 2 * 45000,
    "kept_minor": (5 + 4 + 2) * 5000,
    "card_refunds_minor": (3 + 2) * 45000 + 20000,
    "card_refunds_failed_minor": 3 * 45000,
    "cheque_refunds_minor": (2 + 3) * 45000,
    "transfer_refunds_minor": 0,
    "deferred_minor": 0,
    "refunds_payable_minor": 0,
    "ledger_sum_minor": 0,
    "provider_refund_objects": 3,  # one for each order
    "refunds_doubled": 0,
    "refunds_missing": 0,
    "messages_ambiguous": 0,
    "messages_doubled": 0,
    "left_before": 3,
    "left_refunded_minor": 40000,
    "left_kept_minor": 10000,
    "left_voided_minor": 60000,
    "left_released_minor": 50000,
}


@pytest.mark.timeout(300)
def test_orders_of_several_are_settled_to_the_cent_with_those_who_left_before(
    tmp_path: Path, engines: TestEngines
) -> None:
    story = tmp_path / "small-towns.toml"
    story.write_text(STORY)

    line = played(story, engines=engines)

    assert {name: line[name] for name in EVERY_CENT} == EVERY_CENT


@pytest.mark.acceptance
@pytest.mark.timeout(900)
@pytest.mark.parametrize("story", ["ontario", "sendai"])
@pytest.mark.parametrize("seed", ["7", "11"])
def test_the_stories_with_such_orders_are_exact_while_processes_are_killed(story: str, seed: str) -> None:
    """That they are exact is what its program ends with nought for."""
    kills = ("--kills", "20", "--database-kills", "2", "--broker-kills", "2", "--seed", seed)

    line = played(STORIES / f"{story}.toml", *kills)

    assert line["left_before"] > 0
    assert (line["refunds_doubled"], line["refunds_missing"], line["ledger_sum_minor"]) == (0, 0, 0)
