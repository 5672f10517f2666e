"""Amounts at the doors: as the provider counts them, and as people type them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.listening.domain import Sweep, marked, read_until
from services.payments.provider.domain.amounts import AmountNotChargeable, our_amount, provider_amount
from shared.money import in_words
from shared.web.forms import amount_minor, lines_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ours", "currency", "theirs"),
    [
        (57500, "USD", 57500),
        (57500, "JPY", 57500),
        (575, "ISK", 57500),
        (575, "UGX", 57500),
        (57500, "MGA", 575),
        (57500, "KWD", 57500),
        (57500, "HUF", 57500),
    ],
)
def test_amounts_are_counted_as_the_provider_counts_them(ours: int, currency: str, theirs: int) -> None:
    assert provider_amount(ours, currency) == theirs
    assert our_amount(theirs, currency) == ours


@pytest.mark.parametrize(("ours", "currency"), [(57501, "KWD"), (57550, "MGA")])
def test_an_amount_that_the_provider_would_round_is_refused(ours: int, currency: str) -> None:
    with pytest.raises(AmountNotChargeable, match=re.escape(in_words(ours, currency))):
        provider_amount(ours, currency)


@given(st.integers(1, 10**9), st.sampled_from(["USD", "EUR", "JPY", "ISK", "UGX", "CLP"]))
def test_no_amount_changes_on_its_way_there_and_back(amount: int, currency: str) -> None:
    assert our_amount(provider_amount(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("typed", "currency", "read"),
    [
        ("575", "USD", 57500),
        (" 1,570.00 ", "USD", 157000),
        ("$1,570.00", "USD", 157000),
        ("$ 575", "USD", 57500),
        ("$575", "CAD", "$575"),
        ("€575.00", "EUR", 57500),
        ("575.5", "USD", "575.5"),
        ("575,00", "USD", "575,00"),
        ("1,57.00", "USD", "1,57.00"),
        ("-1", "USD", "-1"),
        ("57500", "JPY", 57500),
        ("575.00", "JPY", "575.00"),
        ("1.234", "KWD", 1234),
        ("", "USD", ""),
        ("\u0665", "USD", "\u0665"),
    ],
)
def test_a_typed_amount_is_read_digit_by_digit_or_not_at_all(typed: str, currency: str, read: int | str) -> None:
    assert amount_minor(typed, currency) == read


def test_empty_lines_of_an_address_do_not_count() -> None:
    assert lines_of("Town Hall\r\n\r\n 1 Main Street\n") == ["Town Hall", " 1 Main Street"]


def test_a_list_is_read_back_to_where_it_was_read_to_an_hour_ago() -> None:
    sweep = Sweep(id="events")
    for minutes in range(0, 180, 10):
        sweep = marked(sweep, newest=f"evt_{minutes}", now=NOON + timedelta(minutes=minutes))

    assert read_until(Sweep(id="events"), now=NOON) == ""
    assert read_until(sweep, now=NOON + timedelta(minutes=180)) == "evt_120"
    assert len(sweep.marks) <= 8
