"""`make cancel STORY=...`: a story file is played in a fresh town, and every figure of its end is read and compared.

Forty-two people have registered: by card, cheque, transfer, on grants and on purchase orders; some bring a guest, some
have no e-mail. The host committee cancels. Everyone is told, each chooses by the link in the mail or letter, the last
day passes, two cards turn out to be closed, finance writes cheques, and in the end every cent has found its place: no
book holds a deferral, nobody is owed anything, no refund was paid twice, and everybody was told.

The story runs through the four services as they are in production, on the real database and the real broker; once as it
is, and once while their processes are killed. The figures are read afterwards from the databases, the card provider's
records and the mailbox (`deploy/acceptance/checker.py`).
"""

from pathlib import Path
from typing import Any

import pytest

from services.notifications.delivery.jobs.lanes import LANE_COUNT_MAX
from tests.engines import TestEngines
from tests.stories.towns import played

STORY = """
[conference]
key = "small"
title = "Small Annual Conference"
city = "St. Louis"
starts = 2020-05-17
ends = 2020-05-20
zone = "America/Chicago"
currency = "USD"
cancelled_on = 2020-04-09
choose_by = 2020-04-30

[terms]
organiser_cancels_fee_minor = 7500    # kept of each that was paid: no refund is a whole charge, a second one would show

[[registrations]]
count = 20
tender = "card"
price_minor = 57500
guests = 4
guest_price_minor = 25000
without_email = 2

[[registrations]]
count = 10
tender = "cheque"
price_minor = 57500
without_email = 1

[[registrations]]
count = 4
tender = "transfer"
price_minor = 57500
without_email = 1

[[registrations]]
count = 3
tender = "grant"
price_minor = 57500
without_email = 1

[[registrations]]
count = 5
tender = "purchase_order"
price_minor = 65000
without_email = 1

[choices.credit]
card = 4
cheque = 2
transfer = 1

[choices.donate]
card = 1
cheque = 1

[faults]
cards_refusing_refund = 2
"""

EVERY_CENT = {
    "registrations": 42,
    "settled": 42,
    "voided_minor": 5 * 65000,  # purchase orders that were not paid yet: nothing is owed any more
    "grants_released_minor": 3 * 57500,  # back in their fund
    "refunds_approved_minor": (15 + 7 + 3) * 50000 + 4 * 25000,  # 575.00 less the fee of 75.00, and four guests
    "credits_minor": 7 * 50000,
    "donations_minor": 2 * 50000,
    "kept_minor": 34 * 7500,  # once for each who had paid by card, cheque or transfer
    "card_refunds_minor": 15 * 50000 + 4 * 25000,
    "card_refunds_failed_minor": 2 * 50000,  # two cards were closed, which showed three days later
    "cheque_refunds_minor": (7 + 2) * 50000,  # ... so these two went by cheque
    "transfer_refunds_minor": 3 * 50000,
    "deferred_minor": 0,
    "refunds_payable_minor": 0,
    "ledger_sum_minor": 0,
    "provider_refund_objects": 15,
    "persons_told": 42,
    "refunds_doubled": 0,
    "refunds_missing": 0,
    "messages_ambiguous": 0,
    "left_before": 0,
    "left_refunded_minor": 0,
    "left_kept_minor": 0,
    "left_voided_minor": 0,
    "left_released_minor": 0,
}

# Of all kinds, from "you are registered" to "your refund is on its way", for those with e-mail and for the six without;
# two of them say that somebody has told where a refund cheque goes.
MAILS, LETTERS = 156, 21
# And "we have your registration" to each of them, unless they had paid before it was written.
RECEIVED_MAILS_MAX, RECEIVED_LETTERS_MAX = 36, 6


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """The story as a file, as `make cancel STORY=...` takes it."""
    path = tmp_path / "small.toml"
    path.write_text(STORY)
    return path


@pytest.mark.timeout(300)
def test_a_cancelled_conference_is_settled_to_the_cent_and_everyone_is_told_once(
    story: Path, engines: TestEngines
) -> None:
    line = played(story, engines=engines)

    assert line == {**EVERY_CENT, **_messages(line), "messages_doubled": 0, "seconds": line["seconds"]}


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_the_figures_are_the_same_when_processes_are_killed_on_the_way(story: Path) -> None:
    line = played(story, "--kills", "8", "--database-kills", "1", "--broker-kills", "1", "--seed", "7")

    doubled = {"messages_doubled": line["messages_doubled"]}
    assert line == {**EVERY_CENT, **_messages(line), **doubled, "seconds": line["seconds"]}
    assert line["messages_doubled"] <= 2 * LANE_COUNT_MAX, "eight kills in turn hit each of the four services twice"


def _messages(line: dict[str, Any]) -> dict[str, int]:
    """How many mails and letters there must be, those left open that a payment may have made needless."""
    received = line["mails"] - line["messages_doubled"] - MAILS
    assert 0 <= received <= RECEIVED_MAILS_MAX
    assert 0 <= line["letters"] - LETTERS <= RECEIVED_LETTERS_MAX
    return {"mails": line["mails"], "letters": line["letters"]}
