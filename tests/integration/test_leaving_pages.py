"""The desk's pages for ending one registration, and what finance reads of it afterwards."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.registration.registering.domain.registrations import Life
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.payments import LeavingWorkedOut
from shared.contracts.registration import RegistrationLeft
from shared.principals import Role
from tests.integration.leaving_houses import ACADEMY, LEAVE_MINOR, Two, both
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration_house import FEE_MINOR, OPENED_AT
from tests.integration.two_houses import OPTION_MINOR
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE, signed_in

HTML = {"Accept": "text/html"}


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def address(registration: str, *, conference: str = "74th") -> str:
    return f"/registration/desk/conferences/{conference}/registrations/{registration}"


def page(two: Two, path: str, *, auth: Any = COMMITTEE) -> str:
    """A page of the registration desk in one line, without what is only for the browser."""
    got = two.registration.client.get(path, headers=HTML, auth=auth)
    assert got.status_code == 200, got.text
    return " ".join(got.text.split())


def send(
    two: Two, registration: str, *, reason: str = "She asked us to.", key: str = "form-1", auth: Any = COMMITTEE
) -> Any:
    """Press the button; the response as it is."""
    data = {"reason": reason, "idempotency_key": key}
    got = two.registration.client.post(f"{address(registration)}/leave", data=data, headers=HTML, auth=auth)
    two.talk()
    return got


def figures(text: str) -> dict[str, str]:
    """What a page tells as figures."""
    return dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", text.partition("<main")[2]))


def test_the_person_leads_to_the_registration_and_that_to_the_page_which_ends_it(two: Two) -> None:
    dana = two.register()
    two.pay(dana)
    here = address(dana["registration"])
    person = page(two, f"/registration/desk/people/{dana['person']}")
    assert f'href="{here}">confirmed</a>' in person
    assert f'href="{here}/leave">End this registration…</a>' in page(two, here)

    before = page(two, f"{here}/leave")
    sent = send(two, dana["registration"])

    assert figures(before) == {"Kept": "$50.00", "Goes back": "$525.00"}
    assert (sent.status_code, sent.headers["Location"]) == (303, here)
    assert two.worked_out() == (LEAVE_MINOR, FEE_MINOR - LEAVE_MINOR, 0, 0, 0)
    after = page(two, here)
    left = two.registration.registration(dana["registration"]).left
    assert left is not None
    assert f"The committee ended it on Tuesday, March {OPENED_AT.day}, 2020" in after
    assert "Why: She asked us to." in after
    assert "End this registration…" not in after


@pytest.mark.parametrize(
    ("tender", "arrives", "options", "expected"),
    [
        ("transfer", 0, (), {"Off the invoice": "$575.00"}),
        ("transfer", 3000, (), {"Off the invoice": "$545.00", "Kept": "$30.00"}),
        (
            "transfer",
            FEE_MINOR,
            (ACADEMY["key"],),
            {"Off the invoice": "$95.00", "Kept": "$50.00", "Goes back": "$525.00"},
        ),
        ("grant", FEE_MINOR, (), {"Back to the fund": "$575.00"}),
    ],
)
def test_what_the_page_says_before_is_what_payments_makes_of_it(
    two: Two, tender: str, arrives: int, options: tuple[str, ...], expected: dict[str, str]
) -> None:
    dana = two.register(tender, options=list(options))
    if arrives:
        two.pay(dana, tender, amount_minor=arrives)

    assert figures(page(two, f"{address(dana['registration'])}/leave")) == expected

    assert send(two, dana["registration"]).status_code == 303
    kept, back, written_off, released, _ = two.worked_out()
    worked_out = {"Off the invoice": written_off, "Kept": kept, "Goes back": back, "Back to the fund": released}
    assert {name: f"${minor / 100:.2f}" for name, minor in worked_out.items() if minor} == expected
    assert kept + back + written_off + released == FEE_MINOR + len(options) * OPTION_MINOR


def test_of_an_order_of_several_no_sums_are_promised_before_payments_has_said_any(two: Two) -> None:
    placed = two.order(3)
    first, *_ = placed["registrations"]

    text = page(two, f"{address(first)}/leave")

    assert figures(text) == {}
    assert "Registration doesn’t know yet what was paid on this order." in text
    assert "at most $50.00 is kept of City of Riverton’s own money" in text
    assert "The 2 others on the order of City of Riverton stay registered." in text
    two.pay(placed, amount_minor=2 * FEE_MINOR)
    known = page(two, f"{address(first)}/leave")
    assert figures(known) == {"Off the invoice": "$575.00"}  # what is still owed on the order goes first
    send(two, first)
    assert two.worked_out() == (0, 0, FEE_MINOR, 0, 0)


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_ends(two: Two, reason: str) -> None:
    dana = two.register()

    refused = send(two, dana["registration"], reason=reason)

    assert refused.status_code == 422
    assert "The registration was not ended." in refused.text
    assert 'id="reason-refused">Please say why.' in refused.text
    assert two.life(dana["registration"]) is Life.SUBMITTED
    assert send(two, dana["registration"], key="form-2").status_code == 303


def test_a_double_click_is_one_and_a_second_clerk_is_told_who_was_first(two: Two) -> None:
    dana = two.register()

    both_clicks = [send(two, dana["registration"]) for _ in range(2)]
    late = send(two, dana["registration"], key="another", reason="She wrote to us.")

    assert [each.status_code for each in both_clicks] == [303, 303]
    assert len(two.registration.said(RegistrationLeft)) == 1
    assert late.status_code == 409
    assert "This registration has ended before: the committee ended it on" in late.text
    assert "End this registration</button>" not in late.text
    kept = two.registration.registration(dana["registration"]).left
    assert kept is not None
    assert kept.reason == "She asked us to."
    shown = page(two, f"{address(dana['registration'])}/leave")
    assert "It has ended before: the committee ended it on" in shown
    assert "<form class=" not in shown.partition("<main")[2]


def test_where_the_conference_is_cancelled_nobody_is_ended_by_hand(two: Two) -> None:
    dana = two.register()
    two.registration.cancel()

    shown = page(two, f"{address(dana['registration'])}/leave")
    refused = send(two, dana["registration"])

    assert "is cancelled, and this registration ends with it, by the terms for that." in shown
    assert "End this registration</button>" not in shown
    assert "End this registration…" not in page(two, address(dana["registration"]))
    assert refused.status_code == 409
    assert "there is nothing for you to do" in refused.text
    assert two.registration.said(RegistrationLeft) == []
    assert two.life(dana["registration"]) is Life.SUBMITTED


def test_finance_reads_a_registration_and_ends_none(two: Two) -> None:
    dana = two.register()

    assert "End this registration…" not in page(two, address(dana["registration"]), auth=FINANCE)
    asked = two.registration.client.get(f"{address(dana['registration'])}/leave", headers=HTML, auth=FINANCE)
    sent = send(two, dana["registration"], auth=FINANCE)

    assert (asked.status_code, sent.status_code) == (403, 403)
    assert two.life(dana["registration"]) is Life.SUBMITTED


def test_a_form_of_another_site_ends_nothing(two: Two) -> None:
    dana = two.register()
    client = signed_in(two.registration.parts.web.test_client(), two.registration.parts.settings, Role.COMMITTEE)

    sent = client.post(
        f"{address(dana['registration'])}/leave", data={"reason": "x", "idempotency_key": "k"}, headers=HTML
    )

    assert sent.status_code == 400
    assert two.life(dana["registration"]) is Life.SUBMITTED


def test_a_registration_is_found_at_its_own_conference_alone(two: Two) -> None:
    dana = two.register()
    two.registration.open_conference("75th")

    for path in (address(dana["registration"], conference="75th"), address("reg_nobody")):
        for each in (path, f"{path}/leave"):
            got = two.registration.client.get(each, headers=HTML, auth=COMMITTEE)
            assert (got.status_code, "Nothing was changed" in got.text) == (404, True)


def test_the_list_of_conferences_counts_who_has_left_among_the_ended(two: Two) -> None:
    dana = two.register()
    two.register(person={"name": "Luis Ortega", "email": "luis@ortega.example"})
    send(two, dana["registration"])

    counted = re.findall(r'<td class="number">(\d+)</td>', page(two, "/registration/desk"))

    assert counted == ["1", "0", "1"]
    assert two.registration.database.mongo[REGISTRATIONS.name].count_documents({}) == 2


def test_finance_reads_with_the_order_who_has_left_and_what_became_of_it(two: Two) -> None:
    placed = two.order(3)
    two.pay(placed)
    first, *_ = placed["registrations"]
    send(two, first)

    (answered,) = two.payments.get("/payments/orders")["items"]
    shown = " ".join(two.payments.page(f"/payments/desk/orders/{placed['order']}").split())

    (said,) = two.payments.said(LeavingWorkedOut)
    assert said.registration == first
    assert answered["leavings"] == [
        {
            "registration": first,
            "amount_minor": FEE_MINOR,
            "kept_minor": LEAVE_MINOR,
            "refunded_minor": 0,
            "payable_minor": FEE_MINOR - LEAVE_MINOR,
            "written_off_minor": 0,
            "released_minor": 0,
        }
    ]
    assert "Who has left" in shown
    assert f'/registration/desk/conferences/74th/registrations/{first}">{first}</a>' in shown
    assert "$50.00 kept" in shown
    assert "$525.00 to be paid back</a>" in shown
    refund = two.payments.refund_of(placed["order"])
    paid = {"rail": "transfer", "reference": "T-1", "paid_on": OPENED_AT.date().isoformat()}
    assert two.payments.post(f"/payments/refunds/{refund.id}/record", paid).status_code == 200
    assert "$525.00 paid back</a>" in two.payments.page(f"/payments/desk/orders/{placed['order']}")
    (later,) = two.payments.get("/payments/orders")["items"]
    assert (later["leavings"][0]["refunded_minor"], later["leavings"][0]["payable_minor"]) == (52500, 0)
