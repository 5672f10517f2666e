"""What happens when a conference is cancelled? This.

Nine people have registered. Dana paid by card, Carl by card for himself and a guest, Nora by a card that she has closed
since; Peg has no e-mail and sent a cheque, Lena sent one too; Theo's town made a transfer; Sam comes on a grant; Ida's
town promised to pay by a purchase order; Ben's cheque is still in the post. Five weeks before the day the host
committee cancels. Everybody is told once. Dana keeps her money as a credit, Carl and Nora and Peg want theirs back,
Theo donates, Lena says nothing. Nora's bank refuses, so she says where a cheque may go; Ben's cheque arrives after all.
When the last day for choosing is over, every cent has found its place, and the books of the conference end at nothing.

It happens in the four services as they are in production, on the real database and the real broker; the same with
forty-two people, and while their processes are killed, is `test_cancel_command.py`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.acceptance import checker
from deploy.town.calls import Caller
from tests.engines import TestEngines
from tests.stories.small_conference import GUEST_MINOR, KEPT_MINOR, MEMBER_MINOR, OTHER_MINOR, Conference
from tests.stories.towns import fresh_town

CANCELLED_ON, CHOOSE_BY = date(2020, 4, 9), date(2020, 4, 30)
ADDRESS = ["12 Harbor Road", "Alton, IL 62002"]
LEFT_MINOR = MEMBER_MINOR - KEPT_MINOR  # of a member's fee, once the terms have kept theirs


@pytest.fixture
def conference(engines: TestEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conference]:
    """A town in which the conference is open for registration."""
    with fresh_town(engines, tmp_path_factory.mktemp("town")) as (town, deadline):
        found = Conference(town.addresses, Caller(deadline))
        found.open()
        yield found


@pytest.mark.timeout(300)
def test_a_conference_is_cancelled_and_everyone_is_told_once_and_every_cent_finds_its_place(
    conference: Conference,
) -> None:
    nine_people_register(conference)
    eight_of_them_are_confirmed(conference)

    foreseen = conference.preview(on=CANCELLED_ON, choose_by=CHOOSE_BY)
    conference.cancel(on=CANCELLED_ON, choose_by=CHOOSE_BY)
    everyone_was_told_once(conference)
    most_of_them_choose(conference)
    bens_cheque_arrives_after_all(conference)
    noras_bank_refuses_and_she_asks_for_a_cheque(conference)
    the_last_day_for_choosing_is_over(conference)
    finance_writes_cheques(conference)

    the_board_shows_that_all_is_settled(conference)
    each_sees_what_became_of_their_money(conference)
    each_had_these_messages_and_no_other(conference)
    the_books_end_at_nothing(conference)
    all_of_it_was_foreseen(conference, foreseen)


def nine_people_register(conference: Conference) -> None:
    """Each in the way that they pay; Ben's cheque has not come yet."""
    dana = conference.register("Dana Reyes", tender="card")
    carl = conference.register("Carl Ames", tender="card", guest="June Ames")
    nora = conference.register("Nora Bell", tender="card")
    peg = conference.register("Peg Sloan", tender="cheque", has_email=False)
    lena = conference.register("Lena Ford", tender="cheque")
    theo = conference.register("Theo Marsh", tender="transfer")
    sam = conference.register("Sam Ortiz", tender="grant")
    ida = conference.register("Ida Holt", tender="purchase_order", category="other")
    conference.register("Ben Lowe", tender="cheque")

    conference.pay_by_card(dana)
    conference.pay_by_card(carl)
    conference.pay_by_card(nora, card="refund_fails_later")
    for who, tender in ((peg, "cheque"), (lena, "cheque"), (theo, "transfer"), (sam, "grant")):
        conference.record_payment(who, tender=tender, amount_minor=MEMBER_MINOR)
    conference.accept_purchase_order(ida, limit_minor=OTHER_MINOR)


def eight_of_them_are_confirmed(conference: Conference) -> None:
    def states() -> dict[str, str]:
        return {name: conference.own_page(who)["state"] for name, who in conference.people.items()}

    expected = dict.fromkeys(conference.people, "confirmed") | {"Ida Holt": "confirmed_unpaid", "Ben Lowe": "submitted"}
    conference.wait(lambda: states() == expected, missing="the confirmation of everybody but Ben")
    conference.settle_down()


def everyone_was_told_once(conference: Conference) -> None:
    """Also Ben, who owes nothing any more, and Peg, who has a letter."""
    told = {name: conference.messages(who)["conference_cancelled"] for name, who in conference.people.items()}
    assert told == dict.fromkeys(conference.people, 1)


def most_of_them_choose(conference: Conference) -> None:
    conference.top_up_card_balance(100_000)
    people = conference.people
    conference.choose(people["Dana Reyes"], "credit")
    conference.choose(people["Carl Ames"], "refund")
    conference.choose(people["Nora Bell"], "refund")
    conference.choose(people["Peg Sloan"], "refund")
    conference.choose(people["Theo Marsh"], "donate")


def bens_cheque_arrives_after_all(conference: Conference) -> None:
    """It is his, and not the conference's: nothing of it is kept."""
    conference.pass_days(1)
    conference.record_payment(
        conference.people["Ben Lowe"], tender="cheque", amount_minor=MEMBER_MINOR, on=CANCELLED_ON + timedelta(days=1)
    )


def noras_bank_refuses_and_she_asks_for_a_cheque(conference: Conference) -> None:
    conference.wait(
        lambda: len(conference.refunds(rail="card", state="settled")) == 2, missing="the two refunds to cards"
    )
    conference.pass_days(4)
    conference.say_where_a_cheque_goes(conference.people["Nora Bell"], ADDRESS)


def the_last_day_for_choosing_is_over(conference: Conference) -> None:
    """Lena has said nothing, which is a refund; Dana and Theo could have changed their minds until now."""
    conference.go_on_to(CHOOSE_BY + timedelta(days=1))


def finance_writes_cheques(conference: Conference) -> None:
    paid_to = conference.pay_by_hand(rail="cheque", count=4)
    assert paid_to == {"Peg Sloan", "Lena Ford", "Nora Bell", "Ben Lowe"}


def the_board_shows_that_all_is_settled(conference: Conference) -> None:
    conference.wait(lambda: conference.board()["state"] == "settled", missing="a settled run")
    conference.settle_down()


def each_sees_what_became_of_their_money(conference: Conference) -> None:
    def settlement(name: str) -> tuple[object, ...]:
        found = conference.own_page(conference.people[name])["settlement"]
        parts = ("fixed", "refundable_minor", "fee_minor", "released_minor", "voided_minor")
        return tuple(found[part] for part in parts)

    assert {name: settlement(name) for name in conference.people} == {
        "Dana Reyes": ("credit", LEFT_MINOR, KEPT_MINOR, 0, 0),
        "Carl Ames": ("refund", LEFT_MINOR + GUEST_MINOR, KEPT_MINOR, 0, 0),
        "Nora Bell": ("refund", LEFT_MINOR, KEPT_MINOR, 0, 0),
        "Peg Sloan": ("refund", LEFT_MINOR, KEPT_MINOR, 0, 0),
        "Lena Ford": ("refund", LEFT_MINOR, KEPT_MINOR, 0, 0),
        "Theo Marsh": ("donate", LEFT_MINOR, KEPT_MINOR, 0, 0),
        "Sam Ortiz": (None, 0, 0, MEMBER_MINOR, 0),
        "Ida Holt": (None, 0, 0, 0, OTHER_MINOR),
        "Ben Lowe": (None, 0, 0, 0, MEMBER_MINOR),
    }


def each_had_these_messages_and_no_other(conference: Conference) -> None:
    """Of what came after the decision; Nora's money went on its way twice, first to a card that was closed."""
    before = ("registration_received", "payment_received", "registration_confirmed")
    chosen = {"conference_cancelled": 1, "choice_confirmed": 1}
    had = {name: conference.messages(who) for name, who in conference.people.items()}

    assert {
        name: {what: count for what, count in each.items() if what not in before} for name, each in had.items()
    } == {
        "Dana Reyes": chosen | {"credit": 1},
        "Carl Ames": chosen | {"refund_sent": 1},
        "Nora Bell": chosen | {"refund_sent": 2, "refund_failed": 1, "payee_named": 1},
        "Peg Sloan": chosen | {"refund_sent": 1},
        "Lena Ford": {"conference_cancelled": 1, "refund_sent": 1},
        "Theo Marsh": chosen,
        "Sam Ortiz": {"conference_cancelled": 1},
        "Ida Holt": {"conference_cancelled": 1},
        "Ben Lowe": {"conference_cancelled": 1, "refund_sent": 1},
    }
    assert all(each[what] <= 1 for each in had.values() for what in before)


def the_books_end_at_nothing(conference: Conference) -> None:
    """Counted from the databases, the card provider's records and the mailbox."""
    findings = checker.check(conference.town, run=conference.run, caller=conference.caller)

    assert findings.contradictions == []
    assert {name: figure for name, figure in findings.figures.items() if name not in ("mails", "letters")} == {
        "registrations": 9,
        "settled": 9,
        "left_before": 0,
        "left_refunded_minor": 0,
        "left_kept_minor": 0,
        "left_voided_minor": 0,
        "left_released_minor": 0,
        "voided_minor": OTHER_MINOR + MEMBER_MINOR,  # Ida's and Ben's: nothing is owed any more
        "grants_released_minor": MEMBER_MINOR,
        "refunds_approved_minor": 4 * LEFT_MINOR + GUEST_MINOR,
        "credits_minor": LEFT_MINOR,
        "donations_minor": LEFT_MINOR,
        "kept_minor": 6 * KEPT_MINOR,
        "card_refunds_minor": 2 * LEFT_MINOR + GUEST_MINOR,
        "card_refunds_failed_minor": LEFT_MINOR,
        "cheque_refunds_minor": 3 * LEFT_MINOR + MEMBER_MINOR,  # Ben's whole cheque among them
        "transfer_refunds_minor": 0,
        "deferred_minor": 0,
        "refunds_payable_minor": 0,
        "ledger_sum_minor": 0,
        "provider_refund_objects": 2,
        "persons_told": 9,
        "refunds_doubled": 0,
        "refunds_missing": 0,
        "messages_doubled": 0,
        "messages_ambiguous": 0,
    }


def all_of_it_was_foreseen(conference: Conference, foreseen: dict[str, Any]) -> None:
    """To the cent, before anybody decided; but not what people choose, nor that Ben's cheque comes after all."""
    answers = foreseen["answers"]
    sums = Counter[tuple[str, str]]()
    for service, answer in answers.items():
        for line in answer["lines"]:
            sums[service, line["what"]] += line["amount_minor"] or line["count"]
    settlements = [conference.own_page(who)["settlement"] for who in conference.people.values()]

    assert foreseen["is_of_one_moment"]
    assert [answers[each]["count"] for each in ("registration", "payments", "notifications")] == [9, 9, 9]
    assert {what: sums["payments", what] for what in ("leaves", "kept", "voided", "released")} == {
        "leaves": sum(each["refundable_minor"] for each in settlements),
        "kept": sum(each["fee_minor"] for each in settlements),
        "voided": sum(each["voided_minor"] for each in settlements),
        "released": sum(each["released_minor"] for each in settlements),
    }
    assert sums["payments", "deferred"] == 7 * MEMBER_MINOR + GUEST_MINOR + OTHER_MINOR + MEMBER_MINOR
    assert sums["notifications", "message_registrant"] == 9
    assert {line["by"] for line in answers["notifications"]["lines"]} == {"mail", "letter"}
    assert not [each for answer in answers.values() for each in answer["anomalies"]]
