"""Scheduling's pages without a script: what everyone sees, what the committee's forms do, and what they refuse."""

import re
from collections.abc import Iterator

import pytest

from services.scheduling.decisions.pages import live
from shared.principals import Role
from tests.integration.programme_house import Programme
from tests.integration.scheduling_town import CONFERENCE, DECISION, Scheduling, scheduling
from tests.namespaces import Namespace
from tests.town import signed_in

_MAIN_LINKS = re.compile(r'href="/scheduling(/desk[^"#?]*)"')
SIGN_IN = "http://localhost/registration/accounts/sign-in?next=http%3A%2F%2Flocalhost%2Fscheduling%2Fdesk"


def _main(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


def test_everyone_sees_an_open_conference_and_where_to_register(town: Scheduling) -> None:
    conference = town.opened(title="75th Annual Conference")

    page = town.visitor().see(f"/conferences/{conference}/page").text

    assert "Sunday, May 17, 2020 to Wednesday, May 20, 2020" in page
    assert f'href="http://localhost/registration/conferences/{conference}/register">Register</a>' in page
    assert '"eventStatus": "https://schema.org/EventScheduled"' in page
    front = town.visitor().see("/").text
    assert "75th Annual Conference" in front
    for desk in ("http://localhost/scheduling/desk", "http://localhost/payments/desk"):  # where to sign in
        assert f'href="{desk}"' in front


def test_everyone_sees_why_a_conference_is_cancelled_and_what_it_means(town: Scheduling) -> None:
    conference = town.opened()
    town.cancelled(conference)

    page = town.visitor().see(f"/conferences/{conference}/page").text

    for words in (
        "This conference is cancelled",
        "It would not be safe to meet.",
        "Decided on Thursday, April 9, 2020.",
        "<p>No fee is kept.</p>",
        "Thursday, April 30, 2020",
        '"eventStatus": "https://schema.org/EventCancelled"',
    ):
        assert words in page
    assert "/register" not in page


def test_nobody_outside_the_desk_sees_a_draft(town: Scheduling) -> None:
    conference = town.drafted(title="A secret plan")

    assert town.visitor().see(f"/conferences/{conference}/page").status_code == 404
    assert "A secret plan" not in town.visitor().see("/").text


@pytest.mark.parametrize(
    "role", ["committee", "programme", "registrar", "board", "auditor", "administrator", "finance"]
)
@pytest.mark.parametrize("life", ["drafted", "opened", "cancelled"])
def test_no_link_of_the_committee_s_pages_leads_whoever_reads_them_to_a_refusal(
    town: Scheduling, role: str, life: str
) -> None:
    conference = town.drafted() if life == "drafted" else town.opened()
    if life == "cancelled":
        town.cancelled(conference)
    clerk = town.visitor().signed_in(role)
    pages = [clerk.see(path) for path in ("/desk", f"/desk/conferences/{conference}")]

    links = {each for page in pages if page.status_code == 200 for each in _MAIN_LINKS.findall(_main(page.text))}

    assert {each: status for each in sorted(links) if (status := clerk.see(each).status_code) >= 400} == {}
    is_committee = role == "committee"
    assert ("/desk/conferences/new" in links) is is_committee
    if is_committee and life == "opened":
        assert {f"/desk/conferences/{conference}/{each}" for each in ("cancel", "points", "attendance")} < links


def test_over_https_a_form_is_taken_from_our_own_page_and_from_no_other(town: Scheduling) -> None:
    conference, house = town.drafted(), "https://localhost"
    client = signed_in(town.service.client(), town.service.parts.settings, Role.COMMITTEE)
    desk = f"/scheduling/desk/conferences/{conference}"
    page = client.get(desk, base_url=house, headers={"Accept": "text/html"})
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))

    elsewhere = client.post(
        f"{desk}/announce", data=fields, base_url=house, headers={"Referer": "https://elsewhere.example/"}
    )
    ours = client.post(f"{desk}/announce", data=fields, base_url=house, headers={"Referer": f"{house}{desk}"})

    assert page.headers["Referrer-Policy"] == "same-origin"
    assert elsewhere.status_code == 400
    assert ours.status_code == 303


def test_the_desk_asks_a_stranger_to_sign_in_and_leads_back(town: Scheduling) -> None:
    response = town.visitor().see("/desk")

    assert response.status_code == 303
    assert response.headers["Location"] == SIGN_IN


def test_finance_may_watch_a_decision_and_not_take_one(town: Scheduling) -> None:
    conference = town.opened()
    run = town.cancelled(conference)
    finance = town.visitor().signed_in("finance")

    assert finance.see(f"/desk/runs/{run}").status_code == 200
    assert finance.see(f"/desk/conferences/{conference}/cancel").status_code == 403


def test_the_committee_drafts_announces_opens_and_cancels_by_forms(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")

    drafted = committee.submit("/desk/conferences/new", {**CONFERENCE, "key": "by-forms"})
    desk = drafted.headers["Location"].removeprefix("/scheduling")
    announced = committee.submit(desk, {}, to=f"{desk}/announce")
    opened = committee.submit(desk, {}, to=f"{desk}/open")
    told = committee.see(desk).text
    cancelled = committee.submit(f"{desk}/cancel", {**DECISION, "confirmed": "yes"})

    assert [each.status_code for each in (drafted, announced, opened, cancelled)] == [303] * 4
    board = committee.see(cancelled.headers["Location"].removeprefix("/scheduling"))
    assert "Cancelled: 74th Annual Conference" in board.text
    assert "Registration for 74th Annual Conference is open." in told
    assert "<dt>Last changed</dt><dd>by the committee" in told


def test_the_committee_changes_a_draft_by_a_form_and_is_told_when_somebody_else_was_there(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")
    conference = town.drafted()
    desk = f"/desk/conferences/{conference}"
    fields = {**CONFERENCE, "key": town.get(f"/conferences/{conference}").get_json()["key"]}

    form = committee.see(f"{desk}/edit").text
    opened_before = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    changed = committee.submit(f"{desk}/edit", {**fields, "city": "Denver, Colorado"})
    overtaken = committee.send(f"{desk}/edit", {**opened_before, **fields, "city": "Austin, Texas"})

    assert 'value="St. Louis, Missouri"' in form
    assert (changed.status_code, overtaken.status_code) == (303, 412)
    assert "was changed by somebody else after you opened it. Nothing of yours was saved" in overtaken.text
    assert 'value="Austin, Texas"' in overtaken.text
    shown = committee.see(desk).text
    assert "Denver, Colorado" in shown
    assert "Change the draft" in shown


def test_a_change_that_makes_no_sense_stands_beside_its_field(town: Scheduling) -> None:
    committee, draft = town.visitor().signed_in("committee"), town.drafted()
    fields = {**CONFERENCE, "key": town.get(f"/conferences/{draft}").get_json()["key"], "ends": "2020-05-16"}

    refused = committee.submit(f"/desk/conferences/{draft}/edit", fields)

    assert refused.status_code == 422
    assert 'id="ends-refused" role="alert">The last day, 2020-05-16, is before the first' in refused.text


def test_an_announced_conference_has_a_form_for_its_words_that_leads_to_a_decision_for_the_rest(
    town: Scheduling,
) -> None:
    committee, conference = town.visitor().signed_in("committee"), town.drafted()
    key = town.get(f"/conferences/{conference}").get_json()["key"]
    desk = f"/desk/conferences/{conference}"
    opened_before = dict(re.findall(r'name="(\w+)" value="([^"]*)"', committee.see(f"{desk}/edit").text))
    assert town.post(f"/conferences/{conference}/announce").status_code == 200

    form = committee.see(f"{desk}/edit").text
    stale = committee.send(f"{desk}/edit", {**opened_before, **CONFERENCE, "key": key, "starts": "2020-05-18"})
    changed = committee.submit(f"{desk}/edit", {"title": "74th Congress", "venue": "Gateway Hall", "text": ""})

    assert 'name="venue"' in form
    assert 'name="starts"' not in form
    assert "other days or another city take a decision that tells everyone" in form
    assert (stale.status_code, changed.status_code) == (409, 303)
    assert "Other days take a decision that tells everyone" in stale.text
    shown = committee.see(desk).text
    assert "<h1>74th Congress</h1>" in shown
    assert "Gateway Hall" in shown
    assert "<dt>Last changed</dt><dd>by the committee" in shown


def test_a_time_zone_that_is_none_is_refused_beside_its_field_with_the_one_that_was_meant(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")

    refused = committee.submit("/desk/conferences/new", {**CONFERENCE, "key": "paris", "zone": "Paris"})
    by_api = town.patch(f"/conferences/{town.drafted()}", {"zone": "Paris"})

    assert (refused.status_code, by_api.status_code) == (422, 422)
    assert "did you mean Europe/Paris?" in refused.text.partition('id="zone-refused"')[2]
    assert "Nothing was changed; did you mean Europe/Paris?" in by_api.get_json()["detail"]


def test_a_draft_s_days_zone_and_currency_change_once_somebody_has_read_what_stands_on_them(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")
    conference = town.drafted()
    programme = Programme(town, conference)
    programme.framed(times=[])
    programme.placed("A-07", starts="2020-05-20T15:00:00+00:00", price_minor=9500, product="a-07")
    address, form = f"/conferences/{conference}", f"/desk/conferences/{conference}/edit"
    changes = {"zone": "America/New_York", "starts": "2020-05-14", "ends": "2020-05-17", "currency": "EUR"}
    fields = {**CONFERENCE, "key": town.get(address).get_json()["key"], **changes}
    before = town.get(address).get_json()

    harmless = town.patch(address, {"city": "Denver, Colorado"})
    asked = committee.submit(form, fields)
    by_api = town.patch(address, changes)
    unchanged = town.get(address).get_json()
    other = town.patch(address, {**changes, "zone": "Europe/Paris", "agreed": by_api.get_json()["agree"]})
    agreed = committee.submit(form, {**fields, "agreed": by_api.get_json()["agree"]})

    assert harmless.status_code == 200
    assert (asked.status_code, by_api.status_code, other.status_code, agreed.status_code) == (409, 409, 409, 303)
    assert unchanged == before | {"city": "Denver, Colorado"}
    assert by_api.get_json()["consequences"] == [
        (
            "One session would be at another hour of the day: "
            "A-07 from Wednesday, May 20, 10:00 AM to Wednesday, May 20, 11:00 AM."
        ),
        "One session would be outside of the conference's days, and block its next release: A-07.",
        "One session would cost the same number in EUR, not USD: A-07.",
    ]
    assert "Nothing was changed yet; say that this is meant" in asked.text
    assert "This is meant: change it all the same" in asked.text
    assert town.get(address).get_json()["zone"] == "America/New_York"
    (blocking,) = [each for each in programme.done("GET", "/conflicts")["items"] if each["rule"] == "outside"]
    assert blocking["level"] == "block"
    refused = programme.call(
        "POST", "/releases", {"name": "First"}, seen=programme.done("GET", "/releases/preview")["seen"]
    )
    assert refused.status_code == 409
    assert "is outside of the conference's days, Thursday, May 14, 2020 to Sunday, May 17, 2020" in refused.text


def test_a_conference_that_makes_no_sense_comes_back_with_everything_entered(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")

    response = committee.submit(
        "/desk/conferences/new", {**CONFERENCE, "key": "No Key", "ends": "2020-05-16", "title": "Kept & <kept>"}
    )

    assert response.status_code == 422
    assert "Up to 32 small letters" in response.text
    assert 'value="Kept &amp; &lt;kept&gt;"' in response.text
    assert town.get("/conferences?key=no").get_json()["items"] == []


def test_a_refusal_of_the_domain_stands_beside_its_field_too(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")

    response = committee.submit("/desk/conferences/new", {**CONFERENCE, "key": "backwards", "ends": "2020-05-16"})

    assert response.status_code == 422
    assert 'id="ends-refused" role="alert">The last day, 2020-05-16, is before the first' in response.text


def test_a_cancellation_without_the_tick_cancels_nothing_and_keeps_the_words(town: Scheduling) -> None:
    conference = town.opened()
    committee = town.visitor().signed_in("committee")

    response = committee.submit(f"/desk/conferences/{conference}/cancel", DECISION)

    assert response.status_code == 422
    assert "Please tick that you have read what will happen. Nothing was cancelled yet." in response.text
    assert "It would not be safe to meet.</textarea>" in response.text
    assert town.get(f"/conferences/{conference}").get_json()["disposition"] == "as_planned"


def test_everything_that_was_left_out_is_named_at_once(town: Scheduling) -> None:
    conference = town.opened()
    committee = town.visitor().signed_in("committee")

    response = committee.submit(f"/desk/conferences/{conference}/cancel", {"reason": " ", "choose_by": ""})

    assert "4 fields need another look" in response.text
    assert response.text.count("Please fill this in.") == 2


def test_a_choosing_day_in_the_past_is_refused_beside_its_field(town: Scheduling) -> None:
    conference = town.opened()
    committee = town.visitor().signed_in("committee")

    response = committee.submit(
        f"/desk/conferences/{conference}/cancel", {**DECISION, "choose_by": "2020-04-08", "confirmed": "yes"}
    )

    assert response.status_code == 422
    assert 'id="choose_by-refused"' in response.text
    assert 'value="yes" required checked' in response.text
    assert town.get(f"/conferences/{conference}").get_json()["disposition"] == "as_planned"


def test_the_form_offers_three_weeks_for_choosing(town: Scheduling) -> None:
    conference = town.opened()

    page = town.visitor().signed_in("committee").see(f"/desk/conferences/{conference}/cancel").text

    assert 'type="date" value="2020-04-30" min="2020-04-09"' in page


def test_a_button_pressed_twice_is_one_decision(town: Scheduling) -> None:
    conference = town.opened()
    committee = town.visitor().signed_in("committee")
    path = f"/desk/conferences/{conference}/cancel"
    fields = {**DECISION, "confirmed": "yes", "idempotency_key": "one form"}

    first = committee.submit(path, fields)
    hidden = {"csrf_token": _csrf_token(committee.see("/desk/conferences/new").text)}
    second = committee.send(path, {**hidden, **fields})

    assert first.headers["Location"] == second.headers["Location"]


def test_cancelling_again_by_an_old_form_is_refused_and_says_so(town: Scheduling) -> None:
    conference = town.opened()
    committee = town.visitor().signed_in("committee")
    token = _csrf_token(committee.see(f"/desk/conferences/{conference}/cancel").text)
    town.cancelled(conference)

    response = committee.send(
        f"/desk/conferences/{conference}/cancel", {**DECISION, "confirmed": "yes", "csrf_token": token}
    )

    assert response.status_code == 409
    assert "was cancelled on 2020-04-09 and stays cancelled." in response.text


def test_a_step_that_comes_too_early_is_refused_on_the_conferences_page(town: Scheduling) -> None:
    conference = town.drafted()
    committee = town.visitor().signed_in("committee")

    response = committee.submit(f"/desk/conferences/{conference}", {}, to=f"/desk/conferences/{conference}/open")

    assert response.status_code == 409
    assert "is not announced yet. Registration was not opened; announce it first." in response.text


@pytest.mark.parametrize("step", ["announce", "open", "cancel"])
def test_a_form_from_elsewhere_is_refused(town: Scheduling, step: str) -> None:
    conference = town.drafted()
    committee = town.visitor().signed_in("committee")

    response = committee.send(f"/desk/conferences/{conference}/{step}", {**DECISION, "confirmed": "yes"})

    assert response.status_code == 400
    assert town.get(f"/conferences/{conference}").get_json()["life"] == "draft"


def test_a_board_that_is_not_settled_reads_itself_again_without_a_script(town: Scheduling) -> None:
    run = town.cancelled(town.opened())

    page = town.visitor().signed_in("committee").see(f"/desk/runs/{run}").text

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert "0 of 0 registrations have ended." in page


def test_the_stream_says_the_board_and_ends_by_itself(town: Scheduling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STREAM_SECONDS_MAX", 0.05)
    run = town.cancelled(town.opened())

    response = town.visitor().signed_in("committee").see(f"/runs/{run}/stream")

    assert response.content_type == "text/event-stream"
    assert response.text.startswith("retry: 1000\n\nevent: board\ndata: {")
    assert "Registrations ended" in response.text


def test_who_watches_when_too_many_do_is_turned_away_and_the_others_go_on(
    town: Scheduling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAM_SECONDS_MAX", 0.05)
    run = town.cancelled(town.opened())
    committee = town.visitor().signed_in("committee")
    path = f"/scheduling/runs/{run}/stream"
    watching = [committee.client.get(path, buffered=False) for _ in range(live.STREAM_COUNT_MAX)]

    turned_away = committee.see(f"/runs/{run}/stream")
    for each in watching:
        each.close()
    let_in = committee.see(f"/runs/{run}/stream")

    assert [each.status_code for each in watching] == [200] * live.STREAM_COUNT_MAX
    assert (turned_away.status_code, let_in.status_code) == (503, 200)


def test_the_boards_script_is_served(town: Scheduling) -> None:
    response = town.visitor().see("/static/board.js")

    assert response.status_code == 200
    assert "EventSource" in response.text


def _csrf_token(page: str) -> str:
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]
