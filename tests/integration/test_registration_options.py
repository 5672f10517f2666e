"""Options on the real database: sold without overselling, and moved or given back when their session is cancelled."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registration.changing import jobs
from services.registration.changing.commands.cancelled_session import KIND
from services.registration.changing.store import RUNS
from services.registration.prices.store import OPTION_PLACES
from services.registration.registering.domain.options import OptionState
from services.registration.registering.store import REGISTRATIONS
from shared.auth import sign
from shared.contracts.payments import InvoiceReduced
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.contracts.scheduling import (
    RegistrationOpened,
    SeatsPublished,
    SeatsWanted,
    SessionCancelled,
    SpeakerIntroduced,
)
from shared.ids import digest_of
from tests.integration.registration_house import FEES, House, announced, application, captured, house, refund_settled
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE

THREAD_COUNT = 16
UNTIL = datetime(2020, 3, 12, 5, tzinfo=UTC)  # the end of Wednesday in Chicago
BEFORE = UNTIL - timedelta(days=1)
A07 = {"key": "a-07", "label": "Academy A-07", "amount_minor": 9500, "session": "ses_07", "place_count": 30}
A09 = {"key": "a-09", "label": "Academy A-09", "amount_minor": 9500, "session": "ses_09", "place_count": 20}
BANQUET = {"key": "banquet", "label": "Banquet", "amount_minor": 9500}
OPTIONS = (A07, A09, BANQUET)


@pytest.fixture(scope="module")
def shared_house(module_namespace: Namespace) -> Iterator[House]:
    with house(module_namespace) as made:
        yield made


@pytest.fixture
def registration(shared_house: House) -> House:
    """The service with nothing saved; it is the tenth of March."""
    shared_house.forget()
    shared_house.database.clock.move(datetime(2020, 3, 10, 15, tzinfo=UTC))
    shared_house.open_conference(options=OPTIONS)
    return shared_house


def session_cancelled(**changed: Any) -> SessionCancelled:
    """A release takes A-07 off the programme."""
    said: dict[str, Any] = {
        "session": "ses_07",
        "conference": "74th",
        "release": 2,
        "uid": "ses_07@reconvene.example",
        "sequence": 1,
        "code": "A-07",
        "title": "Records in a crisis",
        "starts": datetime(2020, 5, 18, 14, tzinfo=UTC),
        "ends": datetime(2020, 5, 18, 18, tzinfo=UTC),
        "reason": "The speaker is ill.",
        "alternatives": ("ses_09",),
        "choose_until": UNTIL,
    }
    return SessionCancelled(**said | changed)


def paid(house: House, *options: str, **more: Any) -> str:
    """Somebody registers with these options and pays; the registration's id."""
    id_ = str(house.register(options=list(options), **more)["registration"])
    house.hear(captured(house.registration(id_)))
    return id_


def choose(house: House, id_: str, choice: Any, *, product: str = "a-07", key: str = "key") -> Any:
    """The registrant chooses, by JSON; the response as it is."""
    token = sign(house.parts.settings, purpose="registration", id_=id_)
    client = house.parts.web.test_client()
    return client.post(
        f"/registration/mine/{token}/options/{product}",
        json=choice,
        headers={"Idempotency-Key": key, "Accept": "application/json"},
    )


def page(house: House, id_: str) -> str:
    """The registrant's page."""
    token = sign(house.parts.settings, purpose="registration", id_=id_)
    response = house.client.get(f"/registration/mine/{token}", headers={"Accept": "text/html"})
    assert response.status_code == 200
    return " ".join(response.text.split())


def cancel_session(house: House, **changed: Any) -> None:
    """The session is cancelled, and everyone with a seat in it knows."""
    house.hear(session_cancelled(**changed))
    house.run_jobs()


def taken(house: House) -> dict[str, int]:
    """How many places of each option are taken."""
    found = house.database.mongo[OPTION_PLACES.name].find({"taken_count": {"$ne": 0}})
    return {each["product"]: each["taken_count"] for each in found}


def states(house: House, id_: str) -> dict[str, str]:
    """How the options of a registration are."""
    return {each.product: each.state.value for each in house.registration(id_).options}


def run_of(house: House) -> dict[str, Any]:
    """The run of the cancelled session, as it is saved."""
    found = house.database.mongo[RUNS.name].find_one({"kind": KIND.name})
    assert found is not None
    return found


# selling


def test_options_are_set_with_the_fee_table_and_shown_with_what_is_left(registration: House) -> None:
    registration.register(options=["a-07"])

    shown = registration.client.get("/registration/conferences/74th").get_json()["options"]

    assert [(each["key"], each["place_count"], each["taken_count"], each["free_count"]) for each in shown] == [
        ("a-07", 30, 1, 29),
        ("a-09", 20, 0, 20),
        ("banquet", None, 0, None),
    ]
    desk = registration.client.get("/registration/desk/conferences/74th", auth=COMMITTEE).text
    assert "Academy A-07" in desk
    assert "no limit" in desk


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([A07, A07], 422),
        ([A07, {**A09, "session": "ses_07"}], 422),
        ([{**A07, "place_count": -1}], 422),
        ([{**A07, "key": "A 07"}], 422),
        ([{**A07, "colour": "red"}], 422),
        ([{**A07, "session": "ses_other"}], 422),
    ],
    ids=["twice", "one session twice", "fewer than none", "no key", "unknown field", "another session after sales"],
)
def test_a_fee_table_whose_options_make_no_sense_is_refused(
    registration: House, options: list[dict[str, Any]], status: int
) -> None:
    registration.register(options=["a-07"])
    before = registration.client.get("/registration/conferences/74th").json

    response = registration.client.put(
        "/registration/conferences/74th/fees",
        json=FEES | {"options": options},
        headers={"If-Match": '"1"'},
        auth=COMMITTEE,
    )

    assert response.status_code == status, response.text
    assert registration.client.get("/registration/conferences/74th").json == before


def test_only_the_committee_sets_options(registration: House) -> None:
    for auth, status in ((FINANCE, 403), (None, 401)):
        response = registration.client.put(
            "/registration/conferences/74th/fees", json=FEES | {"options": []}, headers={"If-Match": '"1"'}, auth=auth
        )
        assert response.status_code == status


FORM = {"key": "d-01", "label": "Dialogue D-01", "amount": "125.00", "session": "ses_d1", "place_count": "30"}


def post_option(registration: House, conference: str = "74th", auth: Any = COMMITTEE, **changed: str) -> Any:
    """The committee sends the form; the response as it is."""
    address = f"/registration/desk/conferences/{conference}/options"
    return registration.client.post(address, data=FORM | changed, auth=auth)


def test_the_committee_sells_an_option_by_its_form_and_changes_it(registration: House) -> None:
    registration.register(options=["a-07"])

    added = post_option(registration)
    changed = post_option(registration, key="a-07", label="Academy A-07", amount="1,095.00", session="ses_07")
    again = post_option(registration)

    assert [each.status_code for each in (added, changed, again)] == [303, 303, 303]
    shown = registration.client.get("/registration/conferences/74th").get_json()["options"]
    assert [(each["key"], each["amount_minor"], each["place_count"], each["taken_count"]) for each in shown] == [
        ("a-07", 109500, 30, 1),
        ("a-09", 9500, 20, 0),
        ("banquet", 9500, None, 0),
        ("d-01", 12500, 30, 0),
    ]
    registration.register(options=["d-01"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"key": "D 01"}, "small letters, digits and hyphens"),
        ({"label": ""}, "Please fill this in."),
        ({"amount": "a lot"}, "Please write the price like 95.00"),
        ({"place_count": "-3"}, "Please write a whole number"),
        ({"place_count": "many"}, "Please write a whole number"),
        ({"session": "ses_07"}, "A session is sold by two options. The fee table was not changed"),
        ({"key": "a-07"}, "A place was sold"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_on_the_page_and_kept(
    registration: House, changed: dict[str, str], sentence: str
) -> None:
    registration.register(options=["a-07"])
    before = registration.client.get("/registration/conferences/74th").json

    response = post_option(registration, **changed)

    assert response.status_code == 422
    assert sentence.replace("A place was sold", "was sold for the session") in response.text
    assert f'value="{(FORM | changed)["amount"]}"' in response.text
    assert registration.client.get("/registration/conferences/74th").json == before


def test_an_option_that_no_card_can_be_charged_with_is_refused_on_the_page(registration: House) -> None:
    page = post_option(registration, amount="0.30")

    assert page.status_code == 422
    assert "be paid by card: the card provider takes $0.50 to $999,999.99" in page.text
    assert post_option(registration, amount="0.50").status_code == 303


def test_an_option_needs_prices_first_and_the_committee(registration: House) -> None:
    registration.hear(announced("75th"))

    without_prices = post_option(registration, "75th")

    assert without_prices.status_code == 409
    assert "Nothing was changed; set the prices first." in without_prices.text
    assert post_option(registration, auth=FINANCE).status_code == 403
    assert post_option(registration, auth=None).status_code == 401
    assert post_option(registration, "unknown").status_code == 404


def test_options_are_lines_of_the_order_and_seats_of_the_confirmation(registration: House) -> None:
    answer = registration.register(options=["banquet", "a-07"])
    registration.hear(captured(registration.registration(answer["registration"])))

    (submitted,) = registration.said(RegistrationSubmitted)
    (confirmed,) = registration.said(RegistrationConfirmed)
    assert answer["total_minor"] == 76500
    assert [(each.kind, each.product, each.session, each.amount_minor) for each in submitted.lines] == [
        ("fee", "", "", 57500),
        ("option", "banquet", "", 9500),
        ("option", "a-07", "ses_07", 9500),
    ]
    assert [(each.product, each.session) for each in confirmed.options] == [("banquet", ""), ("a-07", "ses_07")]
    assert taken(registration) == {"a-07": 1, "banquet": 1}


@pytest.mark.parametrize("options", [["golf"], ["a-07", "a-07"]], ids=["unknown", "twice"])
def test_options_that_can_not_be_taken_are_refused_and_nobody_is_registered(
    registration: House, options: list[str]
) -> None:
    response = registration.post(options=options)

    assert response.status_code == 422
    assert "Nobody was registered" in response.json["detail"]
    assert registration.said(RegistrationSubmitted) == []
    assert taken(registration) == {}


def test_no_option_is_oversold_however_many_ask_at_once(registration: House) -> None:
    def ask(_: int) -> int:
        response = House(registration.parts).post(options=["a-09", "banquet"])
        if response.status_code == 409:
            assert "sold out: all 20 places are taken" in response.json["detail"]
            assert "You were not registered, and nothing was charged." in response.json["detail"]
            assert "Academy A-07 (30 places left)" in response.json["detail"]
        return int(response.status_code)

    with ThreadPoolExecutor(THREAD_COUNT) as pool:
        statuses = list(pool.map(ask, range(40)))

    assert sorted(statuses) == [201] * 20 + [409] * 20
    assert taken(registration) == {"a-09": 20, "banquet": 20}
    assert registration.database.mongo[REGISTRATIONS.name].count_documents({}) == 20


def test_the_same_request_again_takes_no_second_place(registration: House) -> None:
    body: dict[str, Any] = {"person": {"name": "Dana", "email": "dana@millbrook.example"}, "options": ["a-07"]}

    first, second = (registration.post(key="once", **body) for _ in range(2))

    assert first.json == second.json
    assert taken(registration) == {"a-07": 1}


def test_the_form_offers_options_and_keeps_what_is_ticked(registration: House) -> None:
    form = {"name": "Dana", "email": "dana@m.example", "category": "delegate", "options": ["a-07", "banquet"]}
    registration.database.mongo[OPTION_PLACES.name].update_one({"_id": "74th:a-09"}, {"$set": {"taken_count": 20}})

    incomplete = registration.client.post("/registration/conferences/74th/register", data=form)
    complete = registration.client.post("/registration/conferences/74th/register", data=form | {"tender": "card"})

    assert incomplete.status_code == 422
    assert incomplete.text.count('value="a-07" checked') == incomplete.text.count('value="banquet" checked') == 1
    assert 'value="a-09" disabled' in incomplete.text
    assert complete.status_code == 303
    (submitted,) = registration.said(RegistrationSubmitted)
    assert [each.product for each in submitted.lines] == ["", "a-07", "banquet"]


def test_a_form_for_a_sold_out_option_says_so_and_registers_nobody(registration: House) -> None:
    registration.database.mongo[OPTION_PLACES.name].update_one({"_id": "74th:a-09"}, {"$set": {"taken_count": 20}})
    form = {"name": "D", "email": "d@m.example", "category": "delegate", "tender": "card", "options": ["a-09"]}

    response = registration.client.post("/registration/conferences/74th/register", data=form)

    assert response.status_code == 409
    assert "There is no place left" in response.text
    assert registration.said(RegistrationSubmitted) == []


def test_the_end_of_a_conference_gives_all_places_back(registration: House) -> None:
    for options in (["a-07", "banquet"], ["a-07"], []):
        registration.register(options=options)

    registration.cancel()
    registration.run_jobs()

    assert taken(registration) == {}
    assert len(registration.said(RegistrationCancelled)) == 3


# a session is cancelled


def test_who_has_a_seat_in_a_cancelled_session_may_choose_and_nobody_else(registration: House) -> None:
    with_seat, without = paid(registration, "a-07", "banquet"), paid(registration, "a-09")

    for _ in range(2):
        cancel_session(registration)

    assert states(registration, with_seat) == {"a-07": "cancelled_by_organiser", "banquet": "held"}
    assert states(registration, without) == {"a-09": "held"}
    assert registration.said(OptionCancelled) == []
    shown = page(registration, with_seat)
    assert "A-07 is cancelled: move to Academy A-09 (19 places left), or get $95.00 back" in shown
    assert "by the end of <strong>Wednesday, March 11, 2020, America/Chicago</strong>" in shown
    assert "If you say nothing, you get $95.00 back" in shown
    assert "is cancelled" not in page(registration, without)


def test_nobody_buys_a_seat_in_a_cancelled_session(registration: House) -> None:
    cancel_session(registration)

    response = registration.post(options=["a-07"])

    assert response.status_code == 409
    assert "is not offered any more, because its session is cancelled" in response.json["detail"]


def test_exactly_as_many_move_as_there_are_places_and_the_next_can_still_have_the_money(registration: House) -> None:
    people = [paid(registration, "a-07") for _ in range(28)]
    cancel_session(registration)

    def move(id_: str) -> Any:
        return choose(registration, id_, {"choice": "move", "session": "ses_09"})

    with ThreadPoolExecutor(THREAD_COUNT) as pool:
        answers = dict(zip(people, pool.map(move, people), strict=True))

    late = [id_ for id_, answer in answers.items() if answer.status_code == 409]
    assert sorted(answer.status_code for answer in answers.values()) == [200] * 20 + [409] * 8
    for id_ in late:
        assert answers[id_].json["detail"] == (
            "Somebody else took the last place in Academy A-09. You were not moved, and nothing was changed. "
            "You may get $95.00 back."
        )
        assert choose(registration, id_, {"choice": "refund"}, key="other").status_code == 200
    assert taken(registration) == {"a-09": 20}
    moved, cancelled = registration.said(OptionMoved), registration.said(OptionCancelled)
    assert len(moved) == 20
    assert sorted(said.registration for said in cancelled) == sorted(late)
    assert {(said.to_session, said.amount_minor) for said in moved} == {("ses_09", 9500)}
    assert {said.by for said in cancelled} == {"registrant"}
    registration.look_again()
    assert run_of(registration)["step"] == "settled"


def test_silence_gives_the_money_back_at_the_deadline_and_not_before(registration: House) -> None:
    silent, moved = paid(registration, "a-07", "banquet"), paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, moved, {"choice": "move", "session": "ses_09"})
    registration.database.clock.move(BEFORE)
    registration.look_again()
    assert registration.said(OptionCancelled) == []

    registration.database.clock.move(UNTIL)
    for _ in range(2):
        registration.look_again()

    (said,) = registration.said(OptionCancelled)
    assert (said.registration, said.product, said.by) == (silent, "a-07", "deadline")
    assert states(registration, silent) == {"a-07": "given_back", "banquet": "held"}
    assert taken(registration) == {"a-09": 1, "banquet": 1}
    assert choose(registration, silent, {"choice": "move", "session": "ses_09"}, key="late").status_code == 409


def test_after_the_deadline_nobody_moves_even_before_the_job_has_looked(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    registration.database.clock.move(UNTIL)

    response = choose(registration, id_, {"choice": "move", "session": "ses_09"})

    assert response.status_code == 409
    assert "The time for choosing is over. Nothing was changed" in response.json["detail"]
    assert "The time for choosing is over: you get $95.00 back" in page(registration, id_)


def test_without_anything_to_choose_the_money_goes_back_at_once(registration: House) -> None:
    id_ = paid(registration, "a-07")

    cancel_session(registration, alternatives=(), choose_until=None)

    (said,) = registration.said(OptionCancelled)
    assert (said.registration, said.by) == (id_, "deadline")
    assert taken(registration) == {}
    assert run_of(registration)["step"] == "settled"


def test_nobody_moves_to_a_session_at_the_time_of_another_seat_or_of_their_own_talk(registration: House) -> None:
    a12 = {"key": "a-12", "label": "Academy A-12", "amount": "95.00", "session": "ses_12", "place_count": "20"}
    assert post_option(registration, **a12).status_code == 303
    seated, speaks = paid(registration, "a-07", "a-12"), paid(registration, "a-07")
    talk: dict[str, Any] = {
        "seats": None,
        "speakers": (registration.registration(speaks).person,),
        "title": "Minutes that stand up",
    }
    begin = datetime(2020, 5, 18, 19, tzinfo=UTC)
    afternoon: dict[str, Any] = {"starts": begin, "ends": begin + timedelta(hours=4)}
    evening: dict[str, Any] = {"starts": begin + timedelta(hours=4), "ends": begin + timedelta(hours=5)}
    registration.hear(
        seats_published("ses_07"),
        seats_published("ses_09", **afternoon),
        seats_published("ses_12", **afternoon),
        seats_published("ses_talk", **afternoon, **talk),
    )
    cancel_session(registration)

    refused = [choose(registration, each, {"choice": "move", "session": "ses_09"}) for each in (seated, speaks)]
    before = taken(registration)
    registration.hear(
        seats_published("ses_12", release=2, **evening),
        seats_published("ses_talk", release=2, **evening, **talk),
    )
    moved = [choose(registration, each, {"choice": "move", "session": "ses_09"}, key="2") for each in (seated, speaks)]

    assert [each.status_code for each in (*refused, *moved)] == [409, 409, 200, 200]
    assert [each.json["type"].rpartition(":")[2] for each in refused] == ["AtOneTime", "SpeaksThen"]
    assert all("You were not moved, and nothing was changed" in each.json["detail"] for each in refused)
    assert "Academy A-12 (Monday, May 18, 14:00 to 18:00) and Academy A-09" in refused[0].json["detail"]
    assert "while you speak in ses_talk Minutes that stand up" in refused[1].json["detail"]
    assert before == {"a-07": 2, "a-12": 1}
    assert taken(registration) == {"a-09": 2, "a-12": 1}


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


def test_while_the_conference_is_being_cancelled_no_option_is_chosen_and_all_is_settled_as_one(
    registration: House,
) -> None:
    id_ = paid(registration, "a-07", "banquet")
    cancel_session(registration)
    registration.cancel()

    refused = choose(registration, id_, {"choice": "refund"})
    registration.run_jobs()
    registration.look_again()

    assert refused.status_code == 409
    assert "all you paid is settled as one" in refused.json["detail"]
    assert states(registration, id_) == {"a-07": "ended", "banquet": "ended"}
    assert registration.said(OptionCancelled) == []
    assert len(registration.said(RegistrationCancelled)) == 1
    assert run_of(registration)["step"] == "settled"


def test_a_session_that_goes_with_its_conference_leaves_the_options_to_it(registration: House) -> None:
    id_ = paid(registration, "a-07")
    registration.cancel()

    cancel_session(registration, alternatives=(), choose_until=None)
    registration.run_jobs()

    assert registration.said(OptionCancelled) == []
    assert states(registration, id_) == {"a-07": "ended"}


def test_a_session_of_many_is_walked_in_chunks_and_again_after_a_crash(
    registration: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 3)
    ids = [paid(registration, "a-07") for _ in range(7)]
    registration.hear(session_cancelled())
    registration.take_steps(registration.claimed(KIND.name), 2)  # and here its process is killed

    registration.look_again()

    assert [states(registration, id_) for id_ in ids] == [{"a-07": "cancelled_by_organiser"}] * 7
    registration.database.clock.move(UNTIL)
    registration.look_again()
    assert sorted(said.registration for said in registration.said(OptionCancelled)) == sorted(ids)
    assert taken(registration) == {}
    run = run_of(registration)
    assert (run["step"], run["done_count"], run["count"], run["digest"]) == ("settled", 7, 7, digest_of(ids))
    assert "job" not in run


# what payments says about it


def reduced(house: House, id_: str, *, balance_minor: int, owed_back_minor: int) -> InvoiceReduced:
    """Payments has taken A-07 off the invoice."""
    known = house.registration(id_)
    return InvoiceReduced(
        order=known.order,
        registration=id_,
        conference="74th",
        person=known.person,
        number="INV",
        product="a-07",
        session="ses_07",
        reduced_minor=9500,
        written_off_minor=9500 - owed_back_minor,
        owed_back_minor=owed_back_minor,
        released_minor=0,
        total_minor=known.total_minor,
        balance_minor=balance_minor,
        currency="USD",
    )


def test_an_invoice_that_shrinks_to_what_was_paid_makes_a_delegate_once(registration: House) -> None:
    id_ = registration.register(options=["a-07"], tender="cheque")["registration"]
    registration.hear(captured(registration.registration(id_), balance_minor=9500))
    cancel_session(registration)
    assert "get $95.00 back" in page(registration, id_)
    choose(registration, id_, {"choice": "refund"})
    said = reduced(registration, id_, balance_minor=0, owed_back_minor=0)

    for _ in range(2):
        registration.hear(said)

    known = registration.registration(id_)
    assert (known.life.value, known.paid_minor, known.total_minor) == ("confirmed", 57500, 57500)
    assert len(registration.said(RegistrationConfirmed)) == 1
    assert "Academy A-07 is off your invoice: you owe $95.00 less." in page(registration, id_)


def test_the_page_says_what_goes_back_once_payments_has_worked_it_out(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, id_, {"choice": "refund"})
    assert "We are working out whether money goes back" in page(registration, id_)

    registration.hear(reduced(registration, id_, balance_minor=0, owed_back_minor=9500))

    assert "$95.00 for Academy A-07 goes back the way you paid." in page(registration, id_)
    assert registration.registration(id_).options[0].state is OptionState.GIVEN_BACK


def test_the_page_says_when_the_card_s_bank_has_paid_for_the_option(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, id_, {"choice": "refund"})
    registration.hear(reduced(registration, id_, balance_minor=0, owed_back_minor=9500))

    for _ in range(2):
        known = registration.registration(id_)
        registration.hear(refund_settled(known, rail="dispute", amount_minor=9500, run=""))

    assert "bank has paid $95.00 back to you" in page(registration, id_)
    assert "goes back the way you paid" not in page(registration, id_)


def test_events_of_options_carry_no_names(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, id_, {"choice": "refund"})

    rows = registration.database.mongo["events"].find({"type": OptionCancelled.type})
    assert all("Dana" not in json.dumps(json.loads(row["data"])) for row in rows)


def seats_wanted(*, count: int) -> SeatsWanted:
    """So many wait for the Academy."""
    about = {"roster": "roster:ses_07", "session": "ses_07", "conference": "74th", "product": "a-07"}
    return SeatsWanted(**about, count=count, revision=1)


def seats_published(session: str = "ses_07", *, release: int = 1, **changed: Any) -> SeatsPublished:
    """A release says when a session takes place, and how many seats it has."""
    starts = datetime(2020, 5, 18, 14, tzinfo=UTC)
    about: dict[str, Any] = {
        "code": session,
        "title": "Title",
        "starts": starts,
        "ends": starts + timedelta(hours=4),
        "seats": 24,
    }
    return SeatsPublished(session=session, conference="74th", release=release, **(about | changed))


def option_of(house: House, key: str) -> dict[str, Any]:
    answer = house.client.get("/registration/conferences/74th").get_json()
    (found,) = [each for each in answer["options"] if each["key"] == key]
    return dict(found)


def test_no_more_places_are_sold_than_the_session_has_seats_and_that_number_is_shown(
    registration: House,
) -> None:
    registration.hear(seats_published("ses_07", seats=1), seats_published("ses_07", seats=1))

    first = registration.post(options=["a-07"])
    second = registration.post(options=["a-07"])
    shown = option_of(registration, "a-07")
    registration.hear(seats_published("ses_07", release=2, seats=2))
    registration.hear(seats_published("ses_07", release=1, seats=50))  # an older release, heard late
    third, fourth = registration.post(options=["a-07"]), registration.post(options=["a-07"])

    assert [each.status_code for each in (first, second, third, fourth)] == [201, 409, 201, 409]
    assert "all 1 places are taken" in second.json["detail"]
    assert (shown["place_count"], shown["seat_count"], shown["free_count"]) == (A07["place_count"], 1, 0)
    assert taken(registration)["a-07"] == 2


def test_a_place_beyond_the_room_s_seats_is_not_set_aside_and_the_desk_says_so(registration: House) -> None:
    registration.hear(seats_published("ses_07", seats=1))
    registration.hear(seats_wanted(count=3))

    saved = post_option(registration, key="a-07", label="Academy A-07", place_count="26", session="ses_07")
    page = registration.client.get("/registration/desk/conferences/74th", auth=COMMITTEE).text

    assert saved.status_code == 303
    assert "Only 1 of its 26 places are sold: by the last release its session has 1 seats." in page
    assert "1 seats: 1 are sold" in page
    assert option_of(registration, "a-07")["set_aside_count"] == 1


def test_two_seats_at_one_time_are_refused_naming_both_and_a_speaker_s_own_session_wins(registration: House) -> None:
    registration.hear(
        seats_published("ses_07"),
        seats_published("ses_09", starts=datetime(2020, 5, 18, 16, tzinfo=UTC)),
        SpeakerIntroduced(person="per_speaks", name="Ann Speaker", email="ann@speakers.example"),
        seats_published("ses_talk", seats=None, speakers=("per_speaks",), title="Minutes that stand up"),
    )
    speaker = {"name": "Ann Speaker", "email": "ann@speakers.example"}

    both = registration.post(options=["a-07", "a-09"])
    speaks = registration.client.post(
        "/registration/registrations",
        json=application(options=["a-07"], person=speaker),
        headers={"Idempotency-Key": "desk-1"},
        auth=COMMITTEE,
    )
    one = registration.post(options=["a-07", BANQUET["key"]])
    registration.hear(seats_published("ses_09", release=2, starts=datetime(2020, 5, 18, 18, tzinfo=UTC)))
    apart = registration.post(options=["a-07", "a-09"])

    assert [each.status_code for each in (both, speaks, one, apart)] == [409, 409, 201, 201]
    assert both.json["type"].endswith(":AtOneTime")
    assert f"{A07['label']} (Monday, May 18, 09:00 to 13:00) and {A09['label']}" in both.json["detail"]
    assert "You were not registered, and nothing was charged; choose one of them." in both.json["detail"]
    assert "is while you speak in ses_talk Minutes that stand up" in speaks.text
    assert taken(registration) == {"a-07": 2, "a-09": 1, BANQUET["key"]: 1}


def test_where_registration_is_open_and_no_prices_are_set_the_form_says_what_is_awaited(registration: House) -> None:
    registration.hear(announced("75th"), RegistrationOpened(conference="75th"))

    page = registration.client.get("/registration/conferences/75th/register")
    refused = registration.post(conference="75th")

    assert "Registration begins as soon as the host committee has set the prices." in page.text
    assert "not open yet" not in page.text
    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:RegistrationClosed")
    assert "begins as soon as its prices are set. You were not registered" in refused.json["detail"]


def test_the_desk_says_that_nobody_can_register_while_it_is_open_without_prices(registration: House) -> None:
    registration.hear(announced("75th"), RegistrationOpened(conference="75th"), announced("76th"))
    address = "/registration/desk/conferences/75th"
    before = [registration.client.get(each, auth=COMMITTEE).text for each in ("/registration/desk", address)]

    registration.client.put("/registration/conferences/75th/fees", json=FEES, auth=COMMITTEE)
    after = [registration.client.get(each, auth=COMMITTEE).text for each in ("/registration/desk", address)]

    sentence = "Registration is open and there are no prices: nobody can register yet"
    assert [each.count(sentence) for each in (*before, *after)] == [1, 1, 0, 0]
    assert f'<a href="{address}">To this conference</a>' in before[0]
    assert "no prices yet" in before[0]
