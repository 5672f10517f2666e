"""Claims about a registrant after the cancellation: what may be chosen until when, and what the page says of it."""

from dataclasses import replace
from typing import Any

import pytest

from shared.contracts.registration import (
    SettlementChosen,
    SettlementFixed,
)
from tests.integration.registration.answers import HTML, mine, problem, told
from tests.integration.registration_house import (
    CHOOSE_UNTIL,
    FEE_MINOR,
    KEPT_MINOR,
    House,
    awaited,
    captured,
    offered,
    refund_reversed,
    refund_settled,
    released,
    voided,
)


def end_and_offer(town: House, **changed: Any) -> dict[str, Any]:
    """Somebody registered and paid, the conference was cancelled, and the offer has come."""
    answer = town.register(**changed)
    town.hear(captured(town.registration(answer["registration"])))
    town.cancel()
    town.run_jobs()
    town.hear(offered(town.registration(answer["registration"])))
    return answer


# choosing


@pytest.mark.parametrize("choice", ["refund", "credit", "donate"])
def test_each_choice_is_said_with_its_amount_and_only_the_refund_is_final_at_once(town: House, choice: str) -> None:
    answer = end_and_offer(town)

    chosen = town.client.post(f"{mine(answer)}/choice", json={"choice": choice})
    again = town.client.post(f"{mine(answer)}/choice", data={"choice": choice})

    assert (chosen.status_code, again.status_code) == (200, 200)
    assert told(chosen)["settlement"]["choice"] == choice
    assert [(said.choice, said.amount_minor) for said in town.said(SettlementChosen)] == [
        (choice, FEE_MINOR - KEPT_MINOR)
    ]
    fixed = [(said.choice, said.fixed_by) for said in town.said(SettlementFixed)]
    assert fixed == ([("refund", "registrant")] if choice == "refund" else [])


def test_a_credit_may_become_a_donation_and_then_a_refund_and_the_refund_stays(town: House) -> None:
    path = f"{mine(end_and_offer(town))}/choice"
    for choice in ("credit", "donate", "refund"):
        assert town.client.post(path, json={"choice": choice}).status_code == 200

    refused = town.client.post(path, json={"choice": "credit"})

    assert problem(refused) == (409, "ChoiceIsFinal")
    assert [said.revision for said in town.said(SettlementChosen)] == [1, 2, 3]
    assert [said.choice for said in town.said(SettlementFixed)] == ["refund"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"choice": "cake"}, 422), ({}, 422), ([], 422), ({"choice": ["refund"]}, 422), ({"choice": "a\x00"}, 422)],
)
def test_an_unknown_choice_is_refused(town: House, body: Any, status: int) -> None:
    answer = end_and_offer(town)

    refused = town.client.post(f"{mine(answer)}/choice", json=body)

    assert problem(refused)[0] == status
    assert town.said(SettlementChosen) == []


def test_after_the_deadline_the_choice_is_refused_even_before_it_is_fixed(town: House) -> None:
    answer = end_and_offer(town)
    town.database.clock.move(CHOOSE_UNTIL)

    before = town.client.post(f"{mine(answer)}/choice", json={"choice": "credit"})
    town.look_again()
    after = town.client.post(f"{mine(answer)}/choice", json={"choice": "credit"})

    assert problem(before) == problem(after) == (409, "ChoiceTooLate")
    assert [said.choice for said in town.said(SettlementFixed)] == ["refund"]


def test_where_nothing_is_to_be_chosen_choosing_is_refused(town: House) -> None:
    live, owing, granted, waiting = (town.register() for _ in range(4))
    refused_live = town.client.post(f"{mine(live)}/choice", json={"choice": "refund"})
    town.cancel()
    town.run_jobs()
    town.hear(voided(town.registration(owing["registration"])), released(town.registration(granted["registration"])))

    refused = [
        town.client.post(f"{mine(each)}/choice", json={"choice": "refund"}) for each in (owing, granted, waiting)
    ]

    assert problem(refused_live) == (409, "NothingToChoose")
    assert [problem(each) for each in refused] == [
        (409, "NothingToChoose"),
        (409, "NothingToChoose"),
        (409, "NotWorkedOutYet"),
    ]


def test_a_payment_under_way_at_the_cancellation_is_shown_as_coming_and_going_back(town: House) -> None:
    registered = town.register()
    town.cancel()
    town.run_jobs()

    for _ in range(2):
        town.hear(awaited(town.registration(registered["registration"])))
    page = town.client.get(mine(registered), headers={"Accept": "text/html"}).text

    assert "is on its way from your bank" in page
    assert "is void" not in page
    assert "had not paid anything" not in page
    told: Any = town.client.get(mine(registered)).json
    assert told["settlement"]["awaited_minor"] > 0


@pytest.mark.parametrize("end", ["another letter", "", ".", "\x00"])
def test_a_link_that_was_changed_opens_nothing(town: House, end: str) -> None:
    whole = mine(end_and_offer(town))
    # Not the last letter is another one: two bits of it are no part of the signature.
    other = whole[:-6] + ("y" if whole[-6] == "x" else "x") + whole[-5:]
    path = other if end == "another letter" else whole[:-1] + end

    assert town.client.get(path).status_code == 404
    assert town.client.post(f"{path}/choice", json={"choice": "refund"}).status_code == 404
    assert town.said(SettlementChosen) == []


def test_while_the_offer_is_worked_out_the_page_is_calm_and_looks_again(town: House) -> None:
    answer = town.register()
    town.cancel()
    before_the_end = town.client.get(mine(answer), headers=HTML).text
    town.run_jobs()
    after_the_end = town.client.get(mine(answer), headers=HTML).text

    for page in (before_the_end, after_the_end):
        assert "We are working it out" in page
        assert 'http-equiv="refresh"' in page
        assert "Travel is not safe this spring." in page


def test_the_page_shows_the_sums_the_choices_and_the_deadline_in_words(town: House) -> None:
    page = town.client.get(mine(end_and_offer(town)), headers=HTML).text

    for words in ("$575.00", "$75.00", "$500.00", "Refund", "Credit", "Donation"):
        assert words in page
    assert "Thursday, April 30, 2020, 11:59" in page
    assert "Central Daylight Time" in page
    assert "If we don&#39;t hear from you, it will be a refund" in page or "it will be a refund" in page
    assert 'http-equiv="refresh"' not in page


def test_the_page_says_what_a_credit_is_good_for_and_what_becomes_of_one_that_had_paid(town: House) -> None:
    answer = town.register()
    town.cancel()
    town.run_jobs()
    said = offered(town.registration(answer["registration"]))
    town.hear(replace(said, credit_minor=30000))

    page = town.client.get(mine(answer), headers=HTML).text

    assert "it never lapses, and until it is spent you can ask for it" in page
    assert "$300.00 of this had been paid with a credit" in page


@pytest.mark.parametrize(("amount_minor", "rest"), [(50000, False), (30000, True)])
def test_what_the_card_s_bank_has_paid_back_is_not_promised_a_second_time(
    town: House, amount_minor: int, rest: bool
) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)
    registration = town.registration(answer["registration"])
    before = town.client.get(mine(answer), headers=HTML).text

    for _ in range(2):
        town.hear(refund_settled(registration, rail="dispute", amount_minor=amount_minor))
    page = town.client.get(mine(answer), headers=HTML).text

    assert "goes back the way you paid. We write to you when it has been sent." in before
    assert f"bank has paid ${amount_minor // 100}.00 back to you, because the payment was disputed there" in page
    assert "We write to you when it has been sent" not in page
    assert ("What is left of $500.00 goes back separately" in page) == rest


def test_a_refund_that_was_sent_is_on_the_page_until_it_comes_back(town: House) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)
    registration = town.registration(answer["registration"])

    for _ in range(2):
        town.hear(refund_settled(registration, rail="card", amount_minor=50000))
    sent = town.client.get(mine(answer), headers=HTML).text
    for _ in range(2):
        town.hear(refund_reversed(registration, rail="card", amount_minor=50000))
    returned = town.client.get(mine(answer), headers=HTML).text

    assert "$500.00 was sent on Thursday, April 9, 2020 to the card you paid with." in sent
    assert "We write to you" not in sent
    assert "was sent on" not in returned
    assert "We write to you when it has been sent." in returned


@pytest.mark.parametrize("rail", ["card", "dispute"])
def test_the_page_says_of_a_bank_payment_that_it_went_back_to_the_account_and_never_to_a_card(
    town: House, rail: str
) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)

    town.hear(refund_settled(town.registration(answer["registration"]), rail=rail, amount_minor=50000, paid_by="debit"))
    page = town.client.get(mine(answer), headers=HTML).text

    told = {
        "card": "$500.00 was sent on Thursday, April 9, 2020 to the bank account you paid from.",
        "dispute": "Your bank has paid $500.00 back to you",
    }
    assert told[rail] in page
    assert "card you paid with" not in page
    assert "Your card" not in page


def test_a_refund_sent_in_part_says_what_is_still_to_come(town: House) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)
    registration = town.registration(answer["registration"])

    town.hear(refund_settled(registration, rail="cheque", amount_minor=20000))
    page = town.client.get(mine(answer), headers=HTML).text

    assert "$200.00 was sent on Thursday, April 9, 2020 by cheque dp_1." in page
    assert "$300.00 is still to be sent; we write to you then." in page


@pytest.mark.parametrize("tender", ["cheque", "transfer", "purchase_order", "card"])
def test_after_a_part_payment_the_page_asks_for_the_rest_and_for_nothing_else(town: House, tender: str) -> None:
    """A town that has paid 475.00 of 575.00 owes 100.00; no second purchase order or cheque has to come."""
    answer = town.register(tender=tender)
    registration = town.registration(answer["registration"])

    town.hear(captured(registration, amount_minor=47500, balance_minor=10000))
    page = town.client.get(mine(answer), headers=HTML).text

    assert "$475.00 has arrived so far. $100.00 is still to be paid, under " in page
    assert "purchase order for $100.00" not in page
    assert "cheque for $100.00" not in page


def test_choosing_on_the_page_is_noted_may_be_changed_and_is_final_in_the_end(town: House) -> None:
    path = mine(end_and_offer(town))
    chosen = town.client.post(f"{path}/choice", data={"choice": "credit"}, headers=HTML)
    noted = town.client.get(path, headers=HTML).text
    nothing = town.client.post(f"{path}/choice", data={}, headers=HTML)
    town.client.post(f"{path}/choice", data={"choice": "refund"}, headers=HTML)
    final = town.client.get(path, headers=HTML).text
    late = town.client.post(f"{path}/choice", data={"choice": "donate"}, headers=HTML)

    assert (chosen.status_code, chosen.headers["Location"]) == (303, path)
    assert "You chose a credit" in noted
    assert "Change my choice" in noted
    assert (nothing.status_code, "Nothing was changed" in nothing.text) == (422, True)
    assert "Final: Refund" in final
    assert "<form class" not in final
    assert (late.status_code, "Your choice is final" in late.text) == (409, True)


def test_the_page_of_who_had_paid_nothing_says_that_nothing_is_owed(town: House) -> None:
    owing, granted = town.register(), town.register(tender="grant")
    town.cancel()
    town.run_jobs()
    town.hear(voided(town.registration(owing["registration"])), released(town.registration(granted["registration"])))

    pages = [town.client.get(mine(each), headers=HTML).text for each in (owing, granted)]

    assert "The invoice for $575.00 is void" in pages[0]
    assert "grant of $575.00 that paid for you is back in its fund" in pages[1]


def test_the_page_of_whose_fee_took_everything_offers_and_promises_nothing(town: House) -> None:
    made = town.register()
    town.hear(captured(town.registration(made["registration"])))
    town.cancel()
    town.run_jobs()
    ended = town.registration(made["registration"])
    town.hear(replace(offered(ended), fee_minor=ended.total_minor, refundable_minor=0, choices=()))

    asked = town.client.get(mine(made), headers=HTML).text
    refused = town.client.post(f"{mine(made)}/choice", data={"choice": "refund"}, headers=HTML)
    town.database.clock.move(CHOOSE_UNTIL)
    town.run_jobs()
    final = town.client.get(mine(made), headers=HTML).text

    assert (refused.status_code, "please choose ." in refused.text) == (409, False)
    for page in (asked, final):
        assert "All of it was kept under the terms; there is nothing to choose." in page
        assert "<form class" not in page
        assert "goes back the way you paid" not in page
        assert "It will be a refund" not in page
