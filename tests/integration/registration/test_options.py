"""Options on the real database: sold without overselling, and moved or given back when their session is cancelled."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from services.registration.prices.store import OPTION_PLACES
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.registration import (
    OptionCancelled,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.contracts.scheduling import (
    RegistrationOpened,
    SeatsWanted,
    SpeakerIntroduced,
)
from tests.integration.registration_house import FEES, House, announced, application, captured
from tests.integration.registration_sessions import (
    A07,
    A09,
    BANQUET,
    FORM,
    THREAD_COUNT,
    cancel_session,
    choose,
    paid,
    post_option,
    seats_published,
    taken,
)
from tests.town import COMMITTEE, FINANCE

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
