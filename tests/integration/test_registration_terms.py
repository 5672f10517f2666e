"""The committee sets on its desk what is kept of a paid registration: if the organiser cancels, and of who leaves."""

from collections.abc import Iterator

import pytest

from shared.contracts.registration import RefundTerms
from tests.integration.registration_house import House, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE

HTML = {"Accept": "text/html"}
TERMS = "/registration/desk/conferences/74th/terms"


@pytest.fixture
def town(namespace: Namespace) -> Iterator[House]:
    with house(namespace) as made:
        made.open_conference()
        yield made


def terms_of(town: House) -> dict[str, int]:
    """The terms as anybody reads them."""
    answer = town.client.get("/registration/conferences/74th").get_json()
    return dict(answer["terms"])


def test_both_fees_are_set_as_amounts_are_written_and_hold_for_who_registers_from_then_on(town: House) -> None:
    early = town.register()["registration"]

    saved = town.client.post(
        TERMS, data={"organiser_cancels_fee": "$80.00", "leave_fee": "150"}, auth=COMMITTEE, headers=HTML
    )
    page = town.client.get("/registration/desk/conferences/74th", auth=COMMITTEE, headers=HTML).text
    late = town.register()["registration"]

    assert saved.status_code == 303
    assert terms_of(town) == {"organiser_cancels_fee_minor": 8000, "leave_fee_minor": 15000}
    assert "$80.00 if the organiser cancels, $150.00 of each who leaves" in page
    assert town.registration(early).terms != town.registration(late).terms
    assert town.registration(late).terms == RefundTerms(organiser_cancels_fee_minor=8000, leave_fee_minor=15000)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"leave_fee": "9,999.00"}, "nobody is kept more than they paid"),
        ({"leave_fee": "much"}, "Please write the amount like 1,570.00"),
        ({"organiser_cancels_fee": ""}, "Please write the amount like 1,570.00"),
    ],
)
def test_a_fee_above_a_price_or_that_is_no_amount_is_refused_and_what_was_typed_is_kept(
    town: House, sent: dict[str, str], said: str
) -> None:
    before = terms_of(town)

    form = {"organiser_cancels_fee": "75.00", "leave_fee": "31.25"} | sent
    refused = town.client.post(TERMS, data=form, auth=COMMITTEE, headers=HTML)

    assert (refused.status_code, said in refused.text, "Nothing was changed" in refused.text) == (422, True, True)
    assert all(f'value="{typed}"' in refused.text for typed in form.values())
    assert terms_of(town) == before


def test_finance_sees_what_is_kept_and_sets_nothing(town: House) -> None:
    refused = town.client.post(TERMS, data={"organiser_cancels_fee": "0", "leave_fee": "0"}, auth=FINANCE, headers=HTML)

    assert refused.status_code == 403
    assert terms_of(town)["organiser_cancels_fee_minor"] == 7500
