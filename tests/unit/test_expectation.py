"""What a story implies, checked against sums worked out by hand."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.acceptance.expectation import WHO_PAID, Expected, expected, main
from deploy.acceptance.story import Choice, Tender, load_story, plan

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "deploy" / "stories"
NOBODY_LEFT = {
    "left_before": 0,
    "left_refunded_minor": 0,
    "left_kept_minor": 0,
    "left_voided_minor": 0,
    "left_released_minor": 0,
}
SETTLED_IN_FULL = NOBODY_LEFT | {
    "deferred_minor": 0,
    "refunds_payable_minor": 0,
    "ledger_sum_minor": 0,
    "refunds_doubled": 0,
    "refunds_missing": 0,
    "messages_ambiguous": 0,
}


def implied(toml: str) -> dict[str, int]:
    return expected(tomllib.loads(toml)).exactly


def in_file(name: str) -> Expected:
    return expected(tomllib.loads((STORIES / name).read_text()))


def test_the_74th_conference_implies_the_published_figures() -> None:
    assert in_file("74th.toml").exactly == SETTLED_IN_FULL | {
        "registrations": 1000,
        "settled": 1000,
        "persons_told": 1000,
        "voided_minor": 31_200_00,
        "grants_released_minor": 6_900_00,
        "refunds_approved_minor": 450_500_00,
        "credits_minor": 103_500_00,
        "donations_minor": 11_500_00,
        "kept_minor": 0,
        "card_refunds_minor": 292_375_00,
        "card_refunds_failed_minor": 5_175_00,
        "cheque_refunds_minor": 146_050_00,
        "transfer_refunds_minor": 17_250_00,
    }


def test_a_fee_of_75_is_kept_once_per_paid_registration_whatever_is_chosen() -> None:
    """940 paid: 465 card, 245 cheque and 30 transfer refunds lose 75.00 each, and so do 180 credits and 20 gifts."""
    assert in_file("74th-fee.toml").exactly == SETTLED_IN_FULL | {
        "registrations": 1000,
        "settled": 1000,
        "persons_told": 1000,
        "voided_minor": 31_200_00,
        "grants_released_minor": 6_900_00,
        "refunds_approved_minor": 450_500_00 - 740 * 75_00,
        "credits_minor": 180 * 500_00,
        "donations_minor": 20 * 500_00,
        "kept_minor": 940 * 75_00,
        "card_refunds_minor": 465 * 500_00 + 100 * 250_00,
        "card_refunds_failed_minor": 9 * 500_00,
        "cheque_refunds_minor": 245 * 500_00 + 9 * 500_00,
        "transfer_refunds_minor": 30 * 500_00,
    }


def test_the_bounds_count_letters_mails_and_provider_refunds() -> None:
    bounds = in_file("74th.toml")

    assert bounds.at_least == {"provider_refund_objects": 465, "mails": 970, "letters": 30}
    assert bounds.at_most == {"messages_doubled": 0}
    assert expected({"registrations": []}, notification_kills=3).at_most == {"messages_doubled": 24}


def test_yen_have_no_decimals_and_guests_pay_no_fee() -> None:
    """Three cards at 60,000 with a guest at 20,000 on the last; the fee is 1,000."""
    figures = implied("""
        terms.organiser_cancels_fee_minor = 1000
        choices.credit.card = 1
        faults.cards_refusing_refund = 1
        [[registrations]]
        count = 3
        tender = "card"
        price_minor = 60000
        guests = 1
        guest_price_minor = 20000
    """)

    assert figures == SETTLED_IN_FULL | {
        "registrations": 3,
        "settled": 3,
        "persons_told": 3,
        "voided_minor": 0,
        "grants_released_minor": 0,
        "refunds_approved_minor": 59_000 + 79_000,
        "credits_minor": 59_000,
        "donations_minor": 0,
        "kept_minor": 3_000,
        "card_refunds_minor": 59_000 + 79_000,
        "card_refunds_failed_minor": 59_000,
        "cheque_refunds_minor": 59_000,
        "transfer_refunds_minor": 0,
    }


def test_dinars_have_three_decimals_and_grants_and_open_orders_pay_no_fee() -> None:
    figures = implied("""
        terms.organiser_cancels_fee_minor = 5250
        choices.donate.transfer = 1
        registrations = [
            { count = 2, tender = "transfer", price_minor = 175250 },
            { count = 1, tender = "grant", price_minor = 175250, guests = 1, guest_price_minor = 40500 },
            { count = 2, tender = "purchase_order", price_minor = 180000, guests = 1, guest_price_minor = 40500 },
        ]
    """)

    assert figures == SETTLED_IN_FULL | {
        "registrations": 5,
        "settled": 5,
        "persons_told": 5,
        "voided_minor": 400_500,
        "grants_released_minor": 215_750,
        "refunds_approved_minor": 170_000,
        "credits_minor": 0,
        "donations_minor": 170_000,
        "kept_minor": 10_500,
        "card_refunds_minor": 0,
        "card_refunds_failed_minor": 0,
        "cheque_refunds_minor": 0,
        "transfer_refunds_minor": 170_000,
    }


def test_choices_and_failing_cards_go_over_several_groups_in_file_order() -> None:
    """Two cards without guest at 100, three at 200: credit takes 100, 100, 200; a gift 200; the last 200 fails."""
    figures = implied("""
        choices = { credit = { card = 3 }, donate = { card = 1 } }
        faults = { cards_refusing_refund = 1 }
        registrations = [
            { count = 3, tender = "card", price_minor = 100, guests = 1, guest_price_minor = 50 },
            { count = 0, tender = "card" },
            { count = 3, tender = "card", price_minor = 200 },
        ]
    """)

    assert (figures["credits_minor"], figures["donations_minor"]) == (400, 200)
    assert (figures["card_refunds_minor"], figures["card_refunds_failed_minor"]) == (150 + 200, 200)


def test_a_card_fails_only_where_the_fee_leaves_something_to_refund() -> None:
    figures = implied(
        """
        terms.organiser_cancels_fee_minor = 100
        faults.cards_refusing_refund = 2
        registrations = [
            { count = 3, tender = "card", price_minor = 100 },
            { count = 3, tender = "card", price_minor = 250 },
        ]
        """
    )

    assert (figures["card_refunds_minor"], figures["card_refunds_failed_minor"]) == (450, 300)


def test_a_fee_that_takes_the_whole_price_leaves_only_guests_to_pay_back() -> None:
    story = tomllib.loads("""
        terms.organiser_cancels_fee_minor = 100
        registrations = [{ count = 3, tender = "card", price_minor = 100, guests = 1, guest_price_minor = 50 }]
    """)

    wanted = expected(story)

    assert (wanted.exactly["kept_minor"], wanted.exactly["card_refunds_minor"]) == (300, 50)
    assert wanted.at_least["provider_refund_objects"] == 1


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.toml")), ids=lambda path: path.name)
def test_counting_person_by_person_gives_the_same_figures(path: Path) -> None:
    """The plan deals out choices one by one and the expectation by the group: two ways, one answer."""
    story = load_story(path)
    everyone = plan(story)
    people = [each for each in everyone if not each.leaves]
    left = [each for each in everyone if each.leaves]
    fee_minor = story.organiser_cancels_fee_minor

    def net_minor(*tenders: Tender, choice: Choice) -> int:
        return sum(p.charged_minor - fee_minor for p in people if p.tender in tenders and p.choice is choice)

    figures = in_file(path.name).exactly

    paid = (Tender.CARD, Tender.CHEQUE, Tender.TRANSFER)
    left_kept_minor = story.leave_fee_minor * sum(p.tender in paid for p in left)
    failing_minor = sum(p.charged_minor - fee_minor for p in people if p.refund_fails)
    assert figures == SETTLED_IN_FULL | {
        "registrations": len(people),
        "settled": len(people),
        "persons_told": len(people),
        "voided_minor": sum(p.charged_minor for p in people if p.tender is Tender.PURCHASE_ORDER),
        "grants_released_minor": sum(p.charged_minor for p in people if p.tender is Tender.GRANT),
        "refunds_approved_minor": net_minor(*paid, choice=Choice.REFUND),
        "credits_minor": net_minor(*paid, choice=Choice.CREDIT),
        "donations_minor": net_minor(*paid, choice=Choice.DONATE),
        "kept_minor": fee_minor * sum(p.choice is not None for p in people),
        "card_refunds_minor": net_minor(Tender.CARD, choice=Choice.REFUND),
        "card_refunds_failed_minor": failing_minor,
        "cheque_refunds_minor": net_minor(Tender.CHEQUE, choice=Choice.REFUND) + failing_minor,
        "transfer_refunds_minor": net_minor(Tender.TRANSFER, choice=Choice.REFUND),
        "left_before": len(left),
        "left_refunded_minor": sum(p.price_minor for p in left if p.tender in paid) - left_kept_minor,
        "left_kept_minor": left_kept_minor,
        "left_voided_minor": sum(p.price_minor for p in left if p.tender is Tender.PURCHASE_ORDER),
        "left_released_minor": sum(p.price_minor for p in left if p.tender is Tender.GRANT),
    }


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    """Stories that can be, of a few groups each."""
    fee_minor = draw(st.integers(0, 5000))
    groups: list[dict[str, Any]] = []
    for tender in draw(st.lists(st.sampled_from([*WHO_PAID, "grant", "purchase_order"]), max_size=8)):
        count = draw(st.integers(0, 40))
        group = {
            "tender": tender,
            "count": count,
            "price_minor": draw(st.integers(fee_minor, 100_000)),
            "guests": draw(st.integers(0, count)),
            "guest_price_minor": draw(st.integers(0, 30_000)),
            "without_email": draw(st.integers(0, count)),
        }
        groups.append({key: value for key, value in group.items() if value or key == "tender"})
    choices: dict[str, dict[str, int]] = {"credit": {}, "donate": {}}
    card_left = 0
    for tender in WHO_PAID:
        left = sum(group.get("count", 0) - group.get("guests", 0) for group in groups if group["tender"] == tender)
        choices["credit"][tender] = draw(st.integers(0, left))
        choices["donate"][tender] = draw(st.integers(0, left - choices["credit"][tender]))
        if tender == "card":
            card_left = left - choices["credit"][tender] - choices["donate"][tender]
    faults = {"cards_refusing_refund": draw(st.integers(0, card_left))}
    terms = {"organiser_cancels_fee_minor": fee_minor}
    return {"terms": terms, "registrations": groups, "choices": choices, "faults": faults}


@given(story=stories())
def test_every_cent_that_was_deferred_goes_to_exactly_one_place(story: dict[str, Any]) -> None:
    deferred_minor = sum(
        group.get("count", 0) * group.get("price_minor", 0) + group.get("guests", 0) * group.get("guest_price_minor", 0)
        for group in story["registrations"]
    )

    figures = expected(story).exactly

    assert deferred_minor == (
        figures["voided_minor"]
        + figures["grants_released_minor"]
        + figures["refunds_approved_minor"]
        + figures["credits_minor"]
        + figures["donations_minor"]
        + figures["kept_minor"]
    )


@given(story=stories())
def test_refunds_payable_is_empty_when_every_refund_and_reversal_is_booked(story: dict[str, Any]) -> None:
    figures = expected(story).exactly

    assert figures["refunds_approved_minor"] + figures["card_refunds_failed_minor"] == (
        figures["card_refunds_minor"] + figures["cheque_refunds_minor"] + figures["transfer_refunds_minor"]
    )
    assert all(amount >= 0 for amount in figures.values())


def run_line(**changed: int) -> dict[str, int]:
    wanted = in_file("74th.toml")
    return wanted.exactly | wanted.at_least | wanted.at_most | changed


def test_a_run_that_says_what_the_story_implies_has_no_differences() -> None:
    assert in_file("74th.toml").differences(run_line(mails=3000, letters=90, seconds=41)) == []


def test_each_differing_figure_is_named() -> None:
    line: dict[str, object] = {**run_line(settled=999, mails=969, messages_doubled=1), "kept_minor": False}
    del line["deferred_minor"]

    assert in_file("74th.toml").differences(line) == [
        "settled must be 1000, and the run says 999.",
        "kept_minor must be 0, and the run does not say it.",
        "deferred_minor must be 0, and the run does not say it.",
        "mails must be at least 970, and the run says 969.",
        "messages_doubled must be at most 0, and the run says 1.",
    ]


def test_the_program_compares_the_last_line_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "run.txt"
    story = str(STORIES / "74th.toml")

    output.write_text("a table\n" + json.dumps(run_line()) + "\n")
    assert main([story, "--against", str(output)]) == 0

    output.write_text(json.dumps(run_line(messages_doubled=9)) + "\n")
    assert main([story, "--against", str(output), "--notification-kills", "2"]) == 0
    assert main([story, "--against", str(output), "--notification-kills", "1"]) == 1
    assert capsys.readouterr().err == "messages_doubled must be at most 8, and the run says 9.\n"


def test_what_cannot_be_read_is_said_and_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")

    assert main([str(tmp_path / "none.toml")]) == 2
    assert main([str(STORIES / "74th.toml"), "--against", str(empty)]) == 2
    assert capsys.readouterr().err.count("Nothing was compared.") == 2


def test_it_needs_nothing_but_the_standard_library_and_none_of_our_code() -> None:
    program = (
        "import sys, deploy.acceptance.expectation\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('deploy', 'services', 'shared')))"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )

    assert loaded.stdout.strip() == "['deploy', 'deploy.acceptance', 'deploy.acceptance.expectation']"
