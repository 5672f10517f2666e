"""The checker notices what must never happen: each fault is planted in records that are otherwise right."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from deploy.acceptance.charges import to_minor
from deploy.acceptance.checker import _Books, _counted
from deploy.acceptance.records import Records

Document = dict[str, Any]
RUN = "run_1"
CARD_JOB, CHEQUE_JOB = "refund:ord_1:3:pay_1", "refund:ord_2:3:pay_2"


def entry(source: str, *lines: tuple[str, int]) -> Document:
    """A ledger entry as the database has it."""
    return {"_id": source, "lines": [{"account": account, "amount_minor": amount} for account, amount in lines]}


def registration(number: int) -> Document:
    """A registration that has ended and takes the refund."""
    return {
        "_id": f"reg_{number}",
        "person": f"per_{number}",
        "order": f"ord_{number}",
        "payer": "",
        "life": "cancelled",
        "fixed": {"choice": "refund"},
        "offer": {"refundable_minor": 500},
    }


def order(number: int) -> Document:
    """What that registration owed: 575, of which 75 are kept."""
    ending = {
        "id": "end",
        "cause": "conference_cancelled",
        "registrations": [f"reg_{number}"],
        "written_off_minor": 0,
        "released_minor": 0,
        "kept_minor": 75,
    }
    return {"_id": f"ord_{number}", "lines": [{"amount_minor": 575, "ending": "end"}], "endings": [ending]}


def refund(job: str, *, number: int, rail: str) -> Document:
    """A refund that has arrived."""
    return {
        "_id": job,
        "order": f"ord_{number}",
        "registration": f"reg_{number}",
        "rail": rail,
        "state": "settled",
        "amount_minor": 500,
        "reference": f"{rail} {number}",
    }


def provider_refund(id_: str, *, job: str = CARD_JOB, status: str = "succeeded") -> Document:
    """A refund as the card provider has it."""
    return {
        "id": id_,
        "amount": 500,
        "currency": "usd",
        "status": status,
        "balance_transaction": f"txn_{id_}",
        "metadata": {"refund": job, "run": RUN},
    }


def mail(number: int, *, to: str | None = None) -> Document:
    """The message about the cancellation, as the mailbox has it."""
    return {
        "message_id": f"<m{number}@x>",
        "to": [to or f"p{number}@example.org"],
        "headers": {"X-Reconvene-Purpose": "conference_cancelled", "X-Reconvene-Subject": f"reg_{number}"},
    }


def message(number: int, *, recipient: str = "", channel: str = "mail") -> Document:
    """The same message, as notifications has it."""
    return {
        "_id": f"m{number}",
        "channel": channel,
        "state": "accepted",
        "purpose": "conference_cancelled",
        "subject": f"reg_{number}",
        "recipient": recipient or f"per_{number}",
        "sent_again": 0,
    }


@pytest.fixture
def records() -> Records:
    """Two registrations, one paid by card and one by cheque, all settled; the second is told by letter."""
    return Records(
        registrations={each["_id"]: each for each in (registration(1), registration(2))},
        people={
            f"per_{number}": {"_id": f"per_{number}", "contact": {"email": f"p{number}@example.org"}}
            for number in (1, 2)
        },
        left=[],
        payers={},
        orders=[order(1), order(2)],
        refunds=[refund(CARD_JOB, number=1, rail="card"), refund(CHEQUE_JOB, number=2, rail="cheque")],
        other_refunds=[],
        credits=[],
        donations=[],
        late_payments=[],
        entries=[
            *(entry(f"settlement:reg_{number}", ("2000", 575), ("4020", -75), ("2020", -500)) for number in (1, 2)),
            *(entry(f"invoice:ord_{number}", ("1100", 575), ("2000", -575)) for number in (1, 2)),
            entry(f"refund_settled:{CARD_JOB}:1", ("2020", 500), ("1020", -500)),
            entry(f"refund_settled:{CHEQUE_JOB}:1", ("2020", 500), ("1000", -500)),
        ],
        messages=[message(1), message(2, channel="letter")],
        provider_refunds=[provider_refund("re_1")],
        other_provider_refunds=[],
        mails=[mail(1)],
    )


def test_records_that_are_right_are_counted_as_they_are(records: Records) -> None:
    found = _counted(records)

    assert found.contradictions == []
    assert found.figures == {
        "registrations": 2,
        "settled": 2,
        "voided_minor": 0,
        "grants_released_minor": 0,
        "refunds_approved_minor": 1000,
        "credits_minor": 0,
        "donations_minor": 0,
        "kept_minor": 150,
        "card_refunds_minor": 500,
        "card_refunds_failed_minor": 0,
        "cheque_refunds_minor": 500,
        "transfer_refunds_minor": 0,
        "deferred_minor": 0,
        "refunds_payable_minor": 0,
        "ledger_sum_minor": 0,
        "provider_refund_objects": 1,
        "mails": 1,
        "letters": 1,
        "persons_told": 2,
        "refunds_doubled": 0,
        "refunds_missing": 0,
        "messages_doubled": 0,
        "messages_ambiguous": 0,
        "left_before": 0,
        "left_refunded_minor": 0,
        "left_kept_minor": 0,
        "left_voided_minor": 0,
        "left_released_minor": 0,
    }


def pay_twice(records: Records) -> None:
    """The provider has two refunds for one job."""
    records.provider_refunds.append(provider_refund("re_2"))


def lose_at_provider(records: Records) -> None:
    """A refund is believed to have arrived, and the provider has none."""
    records.provider_refunds.clear()


def fail_at_provider(records: Records) -> None:
    """It came back, and nobody has noticed."""
    records.provider_refunds[0]["status"] = "failed"


def forget_job(records: Records) -> None:
    """Somebody chose the refund, and there is none."""
    records.refunds.pop()


def leave_open(records: Records) -> None:
    """The cheque was never written."""
    records.refunds[1]["state"] = "awaiting_record"


def unbalance_two_entries(records: Records) -> None:
    """Two wrong entries make up for each other in the sum of all."""
    records.entries[0]["lines"][0]["amount_minor"] += 1
    records.entries[1]["lines"][0]["amount_minor"] -= 1


def send_twice(records: Records) -> None:
    """The mailbox has the same message twice."""
    records.mails.append(deepcopy(records.mails[0]))


def send_to_another(records: Records) -> None:
    """The message went to somebody else's address."""
    records.mails[0]["to"] = ["somebody@example.org"]


def lose_letter(records: Records) -> None:
    """The letter was never written."""
    records.messages.pop()


def bring_to_life(records: Records) -> None:
    """A registration has not ended."""
    records.registrations["reg_1"]["life"] = "confirmed"


@pytest.mark.parametrize(
    ("plant", "figure", "found"),
    [
        (pay_twice, "refunds_doubled", 1),
        (pay_twice, "card_refunds_minor", 1000),
        (lose_at_provider, "refunds_missing", 1),
        (fail_at_provider, "refunds_missing", 1),
        (fail_at_provider, "card_refunds_failed_minor", 500),
        (forget_job, "refunds_missing", 1),
        (forget_job, "settled", 1),
        (leave_open, "refunds_missing", 1),
        (leave_open, "settled", 1),
        (unbalance_two_entries, "ledger_sum_minor", 2),
        (send_twice, "messages_doubled", 1),
        (send_to_another, "persons_told", 1),
        (lose_letter, "persons_told", 1),
        (bring_to_life, "settled", 1),
    ],
)
def test_a_planted_fault_shows_in_its_figure(
    records: Records, plant: Callable[[Records], None], figure: str, found: int
) -> None:
    plant(records)

    assert _counted(records).figures[figure] == found


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (pay_twice, "The books say 500 was refunded to cards, the provider 1000."),
        (fail_at_provider, "The books say 0 came back from cards, the provider 500."),
        (send_to_another, "Mail <m1@x> went to somebody else."),
        (send_twice, "Mail <m1@x> arrived 2 times, and notifications says that it was sent 1."),
        (lambda records: records.refunds[0].update(reference="cheque 2"), "2 refunds have the reference cheque 2."),
        (
            lambda records: records.provider_refunds.append(provider_refund("re_9", job="refund:nobody's")),
            "The provider's refund re_9 belongs to no refund of ours.",
        ),
    ],
)
def test_what_contradicts_itself_is_named(records: Records, plant: Callable[[Records], None], sentence: str) -> None:
    plant(records)

    assert sentence in _counted(records).contradictions


def test_a_refund_that_was_heard_of_only_when_it_had_come_back_is_in_the_books_neither_way(records: Records) -> None:
    fail_at_provider(records)
    records.entries[:] = [each for each in records.entries if each["_id"] != f"refund_settled:{CARD_JOB}:1"]
    records.refunds[0].update(rail="cheque", reference="cheque 9")

    assert _counted(records).contradictions == []


def test_a_refund_that_failed_and_went_by_cheque_is_neither_doubled_nor_missing(records: Records) -> None:
    records.provider_refunds[0]["status"] = "failed"
    records.refunds[0]["rail"] = "cheque"
    records.entries.append(entry(f"refund_reversed:{CARD_JOB}:1", ("1020", 500), ("2020", -500)))
    records.entries.append(entry(f"refund_settled:{CARD_JOB}:2", ("2020", 500), ("1000", -500)))

    found = _counted(records)

    assert found.contradictions == []
    assert found.figures["refunds_doubled"] == found.figures["refunds_missing"] == 0
    assert found.figures["cheque_refunds_minor"] == 1000


def test_amounts_of_currencies_that_the_provider_states_otherwise_are_compared_in_our_units() -> None:
    assert to_minor(50_000, "ISK") == 500
    assert to_minor(500, "JPY") == to_minor(500, "USD") == 500
    assert to_minor(5, "MGA") == 500


def test_the_books_are_added_up_by_source_and_account() -> None:
    books = _Books([entry("ended:reg_1", ("2000", 700), ("1100", -500), ("2100", -200)), entry("fee:p", ("1100", -5))])

    assert books.credited("ended:", "1100") == 500
    assert books.balance_minor("1100") == -505


OPTION_JOB = "refund:reg_1:2:pay_1"


def with_option_given_back(records: Records, *, state: str = "settled") -> Records:
    """The same, where an option of 95 had gone back to the card before the conference was cancelled."""
    records.orders[0]["lines"].append({"amount_minor": 95, "ending": "option"})
    records.other_refunds.append(refund(OPTION_JOB, number=1, rail="card") | {"amount_minor": 95, "state": state})
    records.other_provider_refunds.append(
        provider_refund("re_9", job=OPTION_JOB) | {"amount": 95, "metadata": {"refund": OPTION_JOB, "run": ""}}
    )
    records.entries.append(entry(f"option:{OPTION_JOB}", ("2001", 95), ("2020", -95)))
    records.entries.append(entry("invoice:option", ("1100", 95), ("2001", -95)))
    records.entries.append(entry(f"refund_settled:{OPTION_JOB}:1", ("2020", 95), ("1020", -95)))
    return records


def test_an_option_given_back_before_the_run_is_no_part_of_it_and_no_contradiction(records: Records) -> None:
    before = _counted(deepcopy(records))

    assert _counted(with_option_given_back(records)) == before


def test_money_that_came_late_must_go_back_before_its_registration_counts_as_settled(records: Records) -> None:
    records.late_payments.append({"order": "ord_2", "captured_minor": 300})
    before = _counted(records).figures["settled"]
    records.refunds.append(refund("rf_late", number=2, rail="cheque") | {"amount_minor": 300})

    assert (before, _counted(records).figures["settled"]) == (1, 2)


def test_a_refund_of_an_option_that_the_provider_does_not_have_is_named(records: Records) -> None:
    with_option_given_back(records).other_provider_refunds.clear()

    assert any("the provider 500" in each for each in _counted(records).contradictions)


def test_a_refund_outside_of_the_run_that_is_still_open_is_named(records: Records) -> None:
    found = _counted(with_option_given_back(records, state="awaiting_payee"))

    assert found.contradictions == [f"The refund {OPTION_JOB} outside of the run is not settled."]


def test_an_option_that_stands_is_part_of_what_must_be_settled(records: Records) -> None:
    records.orders[0]["lines"].append({"amount_minor": 95, "ending": "end"})

    assert _counted(records).figures["settled"] == 1


def with_payer(records: Records) -> Records:
    """The same, where a town pays for the first of them, and shares its address with them."""
    records.registrations["reg_1"]["payer"] = "pyr_1"
    records.payers["pyr_1"] = {"_id": "pyr_1", "bill_to": {"email": "p1@example.org"}}
    records.messages.append(message(1, recipient="pyr_1") | {"_id": "m3"})
    records.mails.append(mail(1) | {"message_id": "<m3@x>"})
    return records


def test_a_payer_is_told_once_and_is_nobody_of_those_who_attend(records: Records) -> None:
    found = _counted(with_payer(records))

    assert found.contradictions == []
    assert (found.figures["persons_told"], found.figures["mails"]) == (2, 2)


def test_what_a_payer_is_told_is_no_word_to_who_attends_though_they_share_an_address(records: Records) -> None:
    del with_payer(records).mails[0]

    assert _counted(records).figures["persons_told"] == 1


@pytest.mark.parametrize("recipient", ["per_1", "per_9"])
def test_a_payer_who_was_not_told_is_named(records: Records, recipient: str) -> None:
    with_payer(records).messages[-1]["recipient"] = recipient

    assert "pyr_1, who pays for ord_1, was told 0 times." in _counted(records).contradictions


def test_a_payer_who_was_told_twice_is_named(records: Records) -> None:
    with_payer(records).messages.append(message(1, recipient="pyr_1") | {"_id": "m4"})
    records.mails.append(mail(1) | {"message_id": "<m4@x>"})

    assert _counted(records).contradictions == ["pyr_1, who pays for ord_1, was told 2 times."]


def test_a_payers_sums_at_another_address_are_named(records: Records) -> None:
    with_payer(records).mails[-1]["to"] = ["p2@example.org"]

    assert "Mail <m3@x> went to somebody else." in _counted(records).contradictions


def test_a_refund_that_is_missing_is_missing_whoever_of_its_order_it_is_under(records: Records) -> None:
    records.refunds[0]["registration"] = "reg_9"
    before = _counted(records).figures["refunds_missing"]
    del records.refunds[0]

    assert (before, _counted(records).figures["refunds_missing"]) == (0, 1)


LEAVER_JOB = "refund:reg_3:1:pay_1"


def with_leavers(records: Records) -> Records:
    """The same, where three had left before: one had paid, and 25 of that are kept, one owed it, one had a grant."""
    for number, (written_off, released, kept, back) in enumerate(
        ((0, 0, 25, 550), (575, 0, 0, 0), (0, 575, 0, 0)), start=3
    ):
        id_ = f"reg_{number}"
        records.left.append(registration(number) | {"life": "left"})
        ending = {
            "id": "left",
            "cause": "registration_left",
            "registrations": [id_],
            "refunds": [{"refund": LEAVER_JOB, "amount_minor": back}] if back else [],
        }
        records.orders.append(order(number) | {"lines": [], "endings": [ending]})
        lines = (("2000", 575), ("1100", -written_off), ("2100", -released), ("4020", -kept), ("2020", -back))
        records.entries.append(entry(f"left:{id_}", *lines))
        records.entries.append(entry(f"invoice:{id_}", ("1100", 575), ("2000", -575)))
    records.other_refunds.append(refund(LEAVER_JOB, number=3, rail="cheque") | {"amount_minor": 550})
    records.entries.append(entry(f"refund_settled:{LEAVER_JOB}:1", ("2020", 550), ("1000", -550)))
    return records


def test_who_left_before_is_counted_apart_and_changes_no_figure_of_the_decision(records: Records) -> None:
    before = _counted(deepcopy(records))

    found = _counted(with_leavers(records))

    assert found.contradictions == []
    assert found.figures == before.figures | {
        "left_before": 3,
        "left_refunded_minor": 550,
        "left_kept_minor": 25,
        "left_voided_minor": 575,
        "left_released_minor": 575,
    }


@pytest.mark.parametrize(
    ("line", "figure"),
    [(-1, "left_refunded_minor"), (-2, "left_kept_minor")],
)
def test_a_fee_that_was_not_kept_shows(records: Records, line: int, figure: str) -> None:
    right = _counted(with_leavers(deepcopy(records))).figures[figure]
    lines = next(each for each in with_leavers(records).entries if each["_id"] == "left:reg_3")["lines"]
    lines[line]["amount_minor"] -= 1

    assert _counted(records).figures[figure] == right + 1


@pytest.mark.parametrize(("id_", "figure"), [("reg_4", "left_voided_minor"), ("reg_5", "left_released_minor")])
def test_what_was_not_taken_off_the_books_shows(records: Records, id_: str, figure: str) -> None:
    entries = with_leavers(records).entries
    entries[:] = [each for each in entries if each["_id"] != f"left:{id_}"]
    found = _counted(records).figures

    assert (found[figure], found["deferred_minor"]) == (0, 575)


def test_somebody_whose_order_does_not_know_that_they_left_is_named(records: Records) -> None:
    with_leavers(records).orders.pop()

    assert _counted(records).contradictions == ["reg_5 has left, and its order or its registration doesn't say so."]


def test_what_goes_back_to_a_leaver_otherwise_than_in_the_books_is_named(records: Records) -> None:
    with_leavers(records).orders[2]["endings"][0]["refunds"][0]["amount_minor"] = 575

    assert _counted(records).contradictions == ["The books say 550 goes back to those who left, their orders 575."]
