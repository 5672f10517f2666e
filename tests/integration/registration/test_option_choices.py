"""Claims about choosing what becomes of a paid seat: asked twice, refused, and on the page."""

from typing import Any

import pytest

from services.registration.prices.store import OPTION_PLACES
from shared.auth import sign
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
)
from tests.integration.registration_house import House
from tests.integration.registration_sessions import (
    cancel_session,
    choose,
    page,
    paid,
    states,
    taken,
)


def test_the_same_choice_under_the_same_key_is_answered_the_same_and_said_once(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)

    first, second = (choose(registration, id_, {"choice": "move", "session": "ses_09"}) for _ in range(2))

    assert (first.status_code, first.json) == (200, second.json)
    assert first.json["options"][0] | {"alternatives": []} == {
        "option": "a-09",
        "label": "Academy A-09",
        "session": "ses_09",
        "amount_minor": 9500,
        "state": "held",
        "alternatives": [],
        "choose_until": None,
        "moved_from": "Academy A-07",
        "ended_by": None,
        "back_minor": 0,
    }
    assert len(registration.said(OptionMoved)) == 1
    assert taken(registration) == {"a-09": 1}
    assert "You moved to Academy A-09" in page(registration, id_)


def test_a_refund_chosen_twice_under_two_keys_is_said_once(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)

    answers = [choose(registration, id_, {"choice": "refund"}, key=key) for key in ("one", "two")]

    assert [each.status_code for each in answers] == [200, 200]
    assert len(registration.said(OptionCancelled)) == 1
    assert choose(registration, id_, {"choice": "move", "session": "ses_09"}, key="three").status_code == 409


@pytest.mark.parametrize(
    ("choice", "product", "status"),
    [
        ({"choice": "gamble"}, "a-07", 422),
        ({}, "a-07", 422),
        ({"choice": "move", "session": "ses_other"}, "a-07", 422),
        ({"choice": "refund", "more": 1}, "a-07", 422),
        ({"choice": "refund"}, "golf", 404),
        ({"choice": "refund"}, "banquet", 409),
    ],
    ids=["no choice", "nothing", "not offered", "unknown field", "no such option", "takes place"],
)
def test_a_choice_that_makes_no_sense_changes_nothing(
    registration: House, choice: dict[str, Any], product: str, status: int
) -> None:
    id_ = paid(registration, "a-07", "banquet")
    cancel_session(registration)

    response = choose(registration, id_, choice, product=product)

    assert response.status_code == status, response.text
    assert states(registration, id_) == {"a-07": "cancelled_by_organiser", "banquet": "held"}
    assert taken(registration) == {"a-07": 1, "banquet": 1}


def test_a_choice_needs_the_signed_link_and_a_key(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    token = sign(registration.parts.settings, purpose="registration", id_=id_)
    for address, headers in (
        ("/registration/mine/forged/options/a-07", {"Idempotency-Key": "k"}),
        (f"/registration/mine/{token}/options/a-07", {}),
    ):
        response = registration.client.post(
            address, json={"choice": "refund"}, headers={"Accept": "application/json", **headers}
        )
        assert response.status_code in (400, 403, 404), response.text
    assert states(registration, id_) == {"a-07": "cancelled_by_organiser"}


def test_the_page_takes_the_choice_without_javascript(registration: House) -> None:
    ids = [paid(registration, "a-07") for _ in range(2)]
    cancel_session(registration)

    for id_, choice in zip(ids, ("move:ses_09", "refund"), strict=True):
        token = sign(registration.parts.settings, purpose="registration", id_=id_)
        response = registration.client.post(
            f"/registration/mine/{token}/options/a-07",
            data={"choice": choice, "idempotency_key": f"form-{id_}"},
            headers={"Accept": "text/html"},
        )
        assert response.status_code == 303, response.text

    assert [states(registration, id_) for id_ in ids] == [{"a-09": "held"}, {"a-07": "given_back"}]


def test_a_choice_that_is_refused_on_the_page_says_so_there(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    registration.database.mongo[OPTION_PLACES.name].update_one({"_id": "74th:a-09"}, {"$set": {"taken_count": 20}})
    token = sign(registration.parts.settings, purpose="registration", id_=id_)

    response = registration.client.post(
        f"/registration/mine/{token}/options/a-07", data={"choice": "move:ses_09"}, headers={"Accept": "text/html"}
    )

    assert response.status_code == 409
    assert "You were not moved, and nothing was changed." in response.text
    assert "A-07 is cancelled: get $95.00 back" in " ".join(response.text.split())
