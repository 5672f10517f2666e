"""A holder's own page, and the letter of each year: nobody else is led there, and nothing happens twice."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.payments.credits.jobs import CreditLetters
from shared.auth import sign
from shared.contracts.payments import (
    CreditOffered,
    CreditPaidOut,
    CreditsStated,
)
from tests.integration.credits_house import NEXT_RUN, form, page_of, refunds_of, seen, spend
from tests.integration.payments_house import FEE_MINOR, HTML, NEXT_CONFERENCE, House, announced_next, house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House) -> House:
    module_house.forget()
    module_house.hear(announced_next())
    return module_house


def test_a_holder_pays_with_the_link_from_their_mail(payments: House) -> None:
    credit = payments.credited("card")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    path = page_of(payments, credit.person)
    before = seen(payments, path)

    answer = payments.client.post(f"{path}/orders", data=form(order, "575.00"), headers=HTML)
    after = seen(payments, answer.location)
    again = payments.client.post(f"{path}/orders", data=form(order, "575.00"), headers=HTML)

    assert "Available $575.00" in before
    assert "79th Annual Conference: $575.00 to pay" in before
    assert (answer.status_code, again.status_code) == (303, 409)
    assert "Your credit has paid the invoice" in after
    assert "$0.00 due" in after
    assert "Available $0.00" in after
    assert payments.order(order).owed_minor == 0


def test_a_holder_reads_it_in_french_and_types_a_comma(payments: House) -> None:
    credit = payments.credited("card")
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    path = page_of(payments, credit.person)
    french = HTML | {"Accept-Language": "fr"}

    answer = payments.client.post(f"{path}/orders", data=form(order, "75,50"), headers=french)
    page = payments.client.get(answer.location, headers=french).text

    assert payments.order(order).owed_minor == 50000 - 50
    assert "Votre avoir a payé une partie" in page
    assert "Payer avec mon avoir" in page


@pytest.mark.parametrize("amount", ["", "0", "-5", "575", "1e3", "five", "5.755", "9" * 400])
def test_what_is_no_sum_or_too_much_takes_nothing(payments: House, amount: str) -> None:
    credit = payments.credited("card", fee_minor=30000)
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    before = payments.everything()

    path = page_of(payments, credit.person)
    answer = payments.client.post(f"{path}/orders", data=form(order, amount), headers=HTML)

    assert answer.status_code == 422
    assert "Your credit was not touched" in answer.text or "It was not touched" in answer.text
    assert payments.everything() == before


def test_the_link_of_one_holder_reaches_nothing_of_another(payments: House) -> None:
    mine, theirs = payments.credited(), payments.credited()
    order = payments.submit(conference=NEXT_CONFERENCE, payer=theirs.person)
    path, before = page_of(payments, mine.person), payments.everything()

    answers = [
        payments.client.post(f"{path}/orders", data=form(order, "1.00"), headers=HTML),
        payments.client.post(f"{path}/payout/{theirs.id}", headers=HTML),
        payments.client.post(f"{path}/keep/{theirs.id}", headers=HTML),
        payments.client.get(page_of(payments, "per_unknown"), headers=HTML),
        payments.client.get(f"/payments/credit/{sign(payments.parts.settings, purpose='order', id_=mine.person)}"),
    ]

    assert [each.status_code for each in answers] == [409, 404, 404, 404, 404]
    assert payments.everything() == before
    assert payments.order(order).number not in seen(payments, path)


def test_who_registers_under_a_holders_name_is_told_nothing_and_the_holder_is(payments: House) -> None:
    """The page of an order is all that a stranger has who typed somebody's name and address."""
    credit = payments.credited("card")
    stranger = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    payments.submit(conference=NEXT_CONFERENCE)
    payments.hear_all_again()

    token = sign(payments.parts.settings, purpose="order", id_=stranger)
    page = payments.client.get(f"/payments/pay/{token}", headers=HTML).text

    assert "Available" not in page
    assert credit.id not in page
    offered = payments.said(CreditOffered)
    assert [(each.person, each.order, each.available_minor, each.total_minor) for each in offered] == [
        (credit.person, stranger, FEE_MINOR, FEE_MINOR)
    ]


def test_nothing_is_offered_for_another_association_or_where_nothing_is_owed(payments: House) -> None:
    credit = payments.credited("card")
    payments.hear(announced_next("elsewhere", association="as_other"))

    payments.submit(conference="elsewhere", payer=credit.person)
    payments.submit(conference=NEXT_CONFERENCE, payer=credit.person, fee_minor=0)

    assert payments.said(CreditOffered) == []


def test_a_holder_asks_for_the_money_thinks_again_and_asks_once_more(payments: House) -> None:
    credit = payments.credited("cheque")
    path = page_of(payments, credit.person)

    for action in ("payout", "payout", "keep", "payout"):
        assert payments.client.post(f"{path}/{action}/{credit.id}", headers=HTML).status_code == 303
    asked = seen(payments, path)
    waiting = payments.page("/payments/desk")
    approved = payments.post(f"/payments/credits/{credit.id}/payout", {})
    late = payments.client.post(f"{path}/keep/{credit.id}", headers=HTML)

    assert "You asked for $575.00" in asked
    assert "1 credit is to be paid out" in waiting
    assert (approved.status_code, late.status_code) == (200, 409)
    assert [each.amount_minor for each in payments.said(CreditPaidOut)] == [FEE_MINOR]
    assert len(refunds_of(payments, credit.order)) == 1
    assert payments.balances()["2020"] == -FEE_MINOR


def test_each_holder_has_one_letter_on_the_first_of_march_and_none_once_it_is_spent(payments: House) -> None:
    kept, used = payments.credited("cheque"), payments.credited("cheque")
    spend(payments, used.id, payments.submit(conference=NEXT_CONFERENCE), FEE_MINOR)
    letters = CreditLetters(payments.database)

    letters.look()
    payments.database.clock.move(datetime(2021, 3, 1, 3, tzinfo=UTC))  # still February in St. Louis
    letters.look()
    early = payments.said(CreditsStated)
    payments.database.clock.move(datetime(2021, 3, 1, 13, tzinfo=UTC))
    letters.look()
    letters.look()
    CreditLetters(payments.database).look()
    payments.database.clock.move(datetime(2022, 7, 9, tzinfo=UTC))  # nothing ran in March
    letters.look()

    assert early == []
    said = payments.said(CreditsStated)
    assert [(each.person, each.year, each.left_minor, each.since.isoformat()) for each in said] == [
        (kept.person, 2021, FEE_MINOR, "2020-04-09"),
        (kept.person, 2022, FEE_MINOR, "2020-04-09"),
    ]


def test_a_letter_is_one_for_each_association_with_all_that_is_left_there(payments: House) -> None:
    first = payments.credited("cheque")
    again = payments.submit("cheque", conference=NEXT_CONFERENCE, payer=first.person)
    payments.record(again, "cheque")
    payments.cancel(again, run=NEXT_RUN)
    payments.fix(again, "credit", run=NEXT_RUN)
    payments.database.clock.move(datetime(2021, 3, 2, tzinfo=UTC))

    CreditLetters(payments.database).look()

    (said,) = payments.said(CreditsStated)
    assert (said.left_minor, said.conference) == (2 * FEE_MINOR, "74th")
