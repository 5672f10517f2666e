"""Several people on one order in a story: what can be, what is refused, and who they become."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from deploy.acceptance.expectation import expected
from deploy.acceptance.story import Choice, Story, StoryRefused, load_story, orders_of, plan
from tests.unit.test_story_plan import CONFERENCE, STORIES, read

TOWNS = """
[[registrations]]
count = 12
tender = "{tender}"
price_minor = 50000
without_email = 5
people_per_order = 4
"""
LEAVERS = TOWNS + "leave_before = 2\n"
ALONE = """
[[registrations]]
count = 3
tender = "card"
price_minor = 50000
"""
FEES = "[terms]\norganiser_cancels_fee_minor = 7500\nleave_fee_minor = 2500\n"


def refusal(folder: Path, text: str) -> StoryRefused:
    with pytest.raises(StoryRefused) as refused:
        read(folder, text)
    return refused.value


def of_cards(groups: str, more: str = "") -> str:
    return CONFERENCE + groups.format(tender="card") + more


@pytest.mark.parametrize(
    ("groups", "key", "reason", "remedy"),
    [
        (
            TOWNS.replace("= 4", "= 5"),
            "count",
            "12 registrations can't be put on orders of 5 people.",
            "Use 10 or 15.",
        ),
        (
            TOWNS.replace("= 4", "= 1"),
            "people_per_order",
            "an order of several can't be of 1.",
            "Use 2 to 200, or leave the key away where everyone orders for themselves.",
        ),
        (
            TOWNS.replace("= 4", "= 0"),
            "people_per_order",
            "an order of several can't be of 0.",
            "Use 2 to 200, or leave the key away where everyone orders for themselves.",
        ),
        (
            TOWNS.replace("12", "201").replace("= 4", "= 201"),
            "people_per_order",
            "an order of several can't be of 201.",
            "Use 2 to 200, or leave the key away where everyone orders for themselves.",
        ),
        (
            TOWNS + "guests = 1\nguest_price_minor = 10000\n",
            "guests",
            "1 guests are to come with orders of 4 people.",
            "Leave the guests away, or put their hosts into a group without people_per_order.",
        ),
        (
            TOWNS + "leave_before = 4\n",
            "leave_before",
            "somebody is to leave each of 4 orders, and there are 3.",
            "Use 3 at most.",
        ),
        (
            ALONE + "leave_before = 1\n",
            "leave_before",
            "nobody leaves an order here, because everyone orders for themselves.",
            "Add people_per_order, or leave this key away.",
        ),
        (TOWNS + "leave_before = -1\n", "leave_before", "-1 is below zero.", "Write zero or more."),
    ],
)
def test_orders_that_cannot_be_are_refused(tmp_path: Path, groups: str, key: str, reason: str, remedy: str) -> None:
    refused = refusal(tmp_path, of_cards(groups))

    assert refused.place.endswith(f"[[registrations]] number 1, {key}")
    assert (refused.reason, refused.remedy) == (reason, remedy)


@pytest.mark.parametrize(
    ("more", "place", "reason", "remedy"),
    [
        (
            "[choices.credit]\ncard = 4",
            "[choices.credit], card",
            "4 are to choose credit, which would split an order of 3 people, and an order chooses as one.",
            "Use 3 or 6.",
        ),
        (
            "[choices.credit]\ncard = 3\n[choices.donate]\ncard = 5",
            "[choices.donate], card",
            "5 are to choose donate, which would split an order of 4 people, and an order chooses as one.",
            "Use 3 or 7.",
        ),
        (
            "[choices.credit]\ncard = 11",
            "[choices.credit], card",
            (
                "11 are to choose credit, and 10 people who paid by card and brought no guest are left for it"
                " when it is decided."
            ),
            "Use 10 at most.",
        ),
        (
            "[choices.credit]\ncard = 6\n[faults]\ncards_refusing_refund = 2",
            "[faults], cards_refusing_refund",
            (
                "2 card refunds are to fail, and 1 orders that were paid by card and have neither a guest nor a leaver"
                " get a refund."
            ),
            "Use 1 at most.",
        ),
        (
            "[terms]\nleave_fee_minor = 50001",
            "[terms], leave_fee_minor",
            "the fee of 50001 is above the price of 50000 in [[registrations]] number 1.",
            "Use 50000 at most.",
        ),
    ],
)
def test_choices_that_split_an_order_and_fees_above_a_price_are_refused(
    tmp_path: Path, more: str, place: str, reason: str, remedy: str
) -> None:
    refused = refusal(tmp_path, of_cards(LEAVERS, more + "\n"))

    assert refused.place.endswith(place)
    assert (refused.reason, refused.remedy) == (reason, remedy)


def test_who_left_is_nobody_who_chooses_any_more(tmp_path: Path) -> None:
    text = of_cards(LEAVERS, "[choices.credit]\ncard = 3\n[choices.donate]\ncard = 3\n")

    people = plan(read(tmp_path, text))

    assert [each.index for each in people if each.leaves] == [0, 4]
    assert [each.choice for each in people] == [
        None, *[Choice.CREDIT] * 3, None, *[Choice.DONATE] * 3, *[Choice.REFUND] * 4,
    ]  # fmt: skip


def test_a_card_of_an_order_that_somebody_has_left_does_not_fail(tmp_path: Path) -> None:
    people = plan(read(tmp_path, of_cards(LEAVERS + ALONE, "[faults]\ncards_refusing_refund = 2\n")))

    assert [each.index for each in people if each.refund_fails] == [8, 9, 10, 11, 12]


def test_a_charge_for_all_of_an_order_must_fit_a_card(tmp_path: Path) -> None:
    dear = of_cards(TOWNS).replace("50000", "30000000")

    refused = refusal(tmp_path, dear)

    assert refused.place.endswith("[[registrations]] number 1, price_minor")
    assert refused.reason.startswith("the card provider would refuse a charge of 120000000.")


def test_a_fee_kept_of_leavers_must_not_be_rounded(tmp_path: Path) -> None:
    dinars = of_cards(LEAVERS, "[terms]\nleave_fee_minor = 2501\n").replace('"USD"', '"KWD"')

    assert "would round 2501" in refusal(tmp_path, dinars).reason


def test_a_town_pays_for_colleagues_and_is_none_of_them(tmp_path: Path) -> None:
    story = read(tmp_path, of_cards(TOWNS + ALONE))
    orders = orders_of(plan(story), story)

    assert [len(each.registrations) for each in orders] == [4, 4, 4, 1, 1, 1]
    assert [each.payer is not None for each in orders] == [True] * 3 + [False] * 3
    for order in orders[:3]:
        assert order.payer is not None
        assert {each.person.organisation for each in order.registrations} == {order.payer.name}
        assert order.payer.email not in {each.person.email for each in order.registrations}
    assert len({each.payer.email for each in orders if each.payer}) == 3
    assert [each.person.email is None for each in plan(story)] == [True] * 5 + [False] * 10
    assert Counter(each.charged_minor for each in orders) == {200000: 3, 50000: 3}


def by_hand(story: Story) -> dict[str, int]:
    """What each of the people, one by one, has paid, kept and been given."""
    people, fee_minor, leave_fee_minor = plan(story), story.organiser_cancels_fee_minor, story.leave_fee_minor
    alive = [each for each in people if not each.leaves]
    left = [each for each in people if each.leaves]
    paid_left = [each for each in left if each.tender.is_paid_by_registrant]
    return {
        "registrations": len(alive),
        "refunds_approved_minor": sum(
            each.charged_minor - fee_minor for each in alive if each.choice is Choice.REFUND
        ),
        "credits_minor": sum(each.charged_minor - fee_minor for each in alive if each.choice is Choice.CREDIT),
        "donations_minor": sum(each.charged_minor - fee_minor for each in alive if each.choice is Choice.DONATE),
        "kept_minor": fee_minor * sum(each.choice is not None for each in alive),
        "card_refunds_failed_minor": sum(each.charged_minor - fee_minor for each in alive if each.refund_fails),
        "left_before": len(left),
        "left_refunded_minor": sum(each.price_minor - leave_fee_minor for each in paid_left),
        "left_kept_minor": leave_fee_minor * len(paid_left),
    }  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        "",
        "[choices.credit]\ncard = 9\ncheque = 3\n[choices.donate]\ncard = 4\n[faults]\ncards_refusing_refund = 3\n",
        "[choices.donate]\ncard = 6\ncheque = 10\n[faults]\ncards_refusing_refund = 4\n",
    ],
)
def test_counting_person_by_person_gives_the_same_figures(tmp_path: Path, more: str) -> None:
    groups = ALONE + LEAVERS.format(tender="card") + LEAVERS.format(tender="cheque") + TOWNS.format(tender="card")
    path = tmp_path / "story.toml"
    path.write_text(CONFERENCE + groups + FEES + more)
    figures = expected_of(path)

    wanted = by_hand(load_story(path))

    assert {name: figures[name] for name in wanted} == wanted


def expected_of(path: Path) -> dict[str, int]:
    return expected(tomllib.loads(path.read_text())).exactly


def test_what_was_not_paid_and_what_was_granted_keeps_no_fee_of_a_leaver(tmp_path: Path) -> None:
    """Of three orders of four at 500.00 by each of two tenders two have a leaver: 10 are left, and 2 have gone."""
    path = tmp_path / "story.toml"
    path.write_text(CONFERENCE + LEAVERS.format(tender="grant") + LEAVERS.format(tender="purchase_order") + FEES)
    figures = expected_of(path)

    names = ("left_before", "left_refunded_minor", "left_kept_minor", "left_voided_minor", "left_released_minor")
    assert [figures[name] for name in names] == [4, 0, 0, 2 * 50000, 2 * 50000]
    assert (figures["voided_minor"], figures["grants_released_minor"], figures["kept_minor"]) == (500000, 500000, 0)


def test_letters_go_to_the_first_of_the_table_who_are_still_there_and_mails_to_payers_too(tmp_path: Path) -> None:
    """Of 12 the first 5 have no e-mail; the first and the fifth have left. Three towns pay."""
    path = tmp_path / "story.toml"
    path.write_text(of_cards(LEAVERS))

    wanted = expected(tomllib.loads(path.read_text()))

    assert wanted.at_least == {"provider_refund_objects": 3, "mails": 10 - 3 + 3, "letters": 3}
    assert wanted.exactly["persons_told"] == 10


@pytest.mark.parametrize(
    ("story", "wanted"),
    [
        (
            "ontario",
            {
                "registrations": 126,
                "voided_minor": 18 * 745_00,
                "grants_released_minor": 7 * 695_00,
                "refunds_approved_minor": (24 + 25 + 21 + 6) * 650_00 + 5 * 180_00,
                "credits_minor": (9 + 4 + 5) * 650_00,
                "donations_minor": (4 + 3) * 650_00,
                "kept_minor": 101 * 45_00,
                "card_refunds_minor": (24 + 25) * 650_00 + 5 * 180_00,
                "card_refunds_failed_minor": 8 * 650_00,
                "cheque_refunds_minor": (21 + 8) * 650_00,
                "transfer_refunds_minor": 6 * 650_00,
                "left_before": 9,
                "left_refunded_minor": 6 * 595_00,
                "left_kept_minor": 6 * 100_00,
                "left_voided_minor": 2 * 745_00,
                "left_released_minor": 695_00,
            },
        ),
        (
            "sendai",
            {
                "registrations": 127,
                "voided_minor": 11 * 61_000,
                "grants_released_minor": 5 * 54_000,
                "refunds_approved_minor": (18 + 10 + 59) * 54_000 + 2 * 16_000 + 6 * 61_000,
                "credits_minor": 10 * 54_000 + 2 * 61_000,
                "donations_minor": 6 * 54_000,
                "kept_minor": 0,
                "card_refunds_minor": (18 + 10) * 54_000 + 2 * 16_000,
                "card_refunds_failed_minor": 6 * 54_000,
                "cheque_refunds_minor": 6 * 61_000 + 6 * 54_000,
                "transfer_refunds_minor": 59 * 54_000,
                "left_before": 5,
                "left_refunded_minor": 3 * 39_000,
                "left_kept_minor": 3 * 15_000,
                "left_voided_minor": 61_000,
                "left_released_minor": 54_000,
            },
        ),
    ],
)
def test_the_stories_of_the_demo_imply_what_was_worked_out_by_hand(story: str, wanted: dict[str, int]) -> None:
    figures = expected_of(STORIES / f"{story}.toml")

    assert {name: figures[name] for name in wanted} == wanted
