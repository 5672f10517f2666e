"""Scheduling's API on the real database: what each desk may do, what is refused, and that nothing is done twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.scheduling.decisions.pages import live
from shared.contracts.scheduling import ConferenceDescribed
from tests.integration.archive import said_in
from tests.integration.scheduling_town import CONFERENCE, DECISION, Scheduling, scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


def events(town: Scheduling, key: str) -> list[str]:
    found = town.service.parts.database.mongo["events"].find({"key": key}).sort("sequence", 1)
    return [each["type"] for each in found]


def test_a_conference_is_drafted_announced_opened_and_cancelled(town: Scheduling) -> None:
    conference = town.drafted(key="74th")
    draft = town.get(f"/conferences/{conference}")
    announced, opened = (town.post(f"/conferences/{conference}/{step}") for step in ("announce", "open"))
    lives = [each.get_json()["life"] for each in (draft, announced, opened)]
    run = town.cancelled(conference)

    assert lives == ["draft", "announced", "open"]
    assert town.get(f"/conferences/{conference}", desk=None).json == {
        **CONFERENCE,
        "venue": "",
        "text": "",
        "id": conference,
        "key": "74th",
        "association": "first",
        "life": "open",
        "disposition": "cancelled",
        "cancellation": {
            "run": run,
            "reason": "It would not be safe to meet.",
            "decision": "The board cancels the conference.\nNo fee is kept.",
            "cancelled_on": "2020-04-09",
            "choose_by": "2020-04-30",
            "choose_until": "2020-05-01T05:00:00+00:00",
        },
        "page": f"http://localhost/scheduling/conferences/{conference}/page",
    }
    assert events(town, conference) == [
        "reconvene.scheduling.conference_announced.v1",
        "reconvene.scheduling.registration_opened.v1",
        "reconvene.scheduling.conference_cancelled.v1",
    ]


def test_the_answer_to_a_cancellation_leads_to_its_board(town: Scheduling) -> None:
    conference = town.opened()

    response = town.post(f"/conferences/{conference}/cancel", DECISION)

    assert response.status_code == 202
    answer: dict[str, Any] = response.get_json()
    assert answer == {
        "run": answer["run"],
        "conference": conference,
        "choose_until": "2020-05-01T05:00:00+00:00",
        "board": f"http://localhost/scheduling/desk/runs/{answer['run']}",
    }
    assert response.headers["Location"] == f"/scheduling/runs/{answer['run']}"
    board = town.board(answer["run"])
    assert (board["state"], board["closed_count"], board["missing"]) == ("running", None, None)


@pytest.mark.parametrize(
    "path", ["/conferences", "/conferences/c/announce", "/conferences/c/open", "/conferences/c/cancel"]
)
def test_only_the_committee_may_decide(town: Scheduling, path: str) -> None:
    nobody, finance = town.post(path, {}, desk=None), town.post(path, {}, desk="finance")

    assert (nobody.status_code, finance.status_code) == (401, 403)
    assert "Nothing was changed" in nobody.get_json()["detail"]
    assert "Nothing was changed" in finance.get_json()["detail"]


@pytest.mark.parametrize(
    "path", ["/conferences/{conference}/preview", "/runs/{run}", "/runs/{run}/untold", "/runs/{run}/stream"]
)
def test_both_desks_may_look_and_the_public_may_not(
    town: Scheduling, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAM_SECONDS_MAX", 0.05)
    conference = town.opened()
    address = path.format(conference=conference, run=town.cancelled(conference))

    assert [town.get(address, desk=desk).status_code for desk in (None, "finance", "committee")] == [401, 200, 200]


def test_a_wrong_password_opens_nothing(town: Scheduling) -> None:
    conference = town.drafted()

    response = town.service.client().get(f"/scheduling/conferences/{conference}", auth=("committee", "guess"))

    assert response.status_code == 401


def test_a_draft_is_there_for_the_desks_alone(town: Scheduling) -> None:
    conference = town.drafted()

    assert [town.get(f"/conferences/{conference}", desk=desk).status_code for desk in (None, "committee")] == [404, 200]
    public = town.get("/conferences?limit=200", desk=None).get_json()["items"]
    at_the_desk = town.get("/conferences?limit=200").get_json()["items"]
    assert conference not in [each["id"] for each in public]
    assert conference in [each["id"] for each in at_the_desk]


@pytest.mark.parametrize(
    "path",
    [
        "/conferences/nowhere",
        "/conferences/nowhere/preview",
        "/runs/nowhere",
        "/runs/nowhere/untold",
        "/runs/nowhere/stream",
    ],
)
def test_what_is_not_there_is_not_found(town: Scheduling, path: str) -> None:
    response = town.get(path)

    assert (response.status_code, response.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("step", ["announce", "open", "cancel"])
def test_what_is_not_there_can_not_be_decided_about(town: Scheduling, step: str) -> None:
    response = town.post(f"/conferences/nowhere/{step}", DECISION if step == "cancel" else None)

    assert response.status_code == 404
    assert "Nothing was changed" in response.get_json()["detail"]


def test_a_key_that_was_used_before_is_refused(town: Scheduling) -> None:
    town.drafted(key="75th")

    response = town.post("/conferences", {**CONFERENCE, "key": "75th"})

    assert response.status_code == 409
    detail = "The key 75th is taken. Nothing was created; take another one."
    assert (response.get_json()["detail"], response.get_json()["errors"]) == (detail, {"json": {"key": [detail]}})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "Not a key"),
        ("key", ""),
        ("key", "k\n"),
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 201),
        ("title", "null\x00byte"),
        ("title", "\ud800"),
        ("title", ["a", "list"]),
        ("city", None),
        ("zone", "Mars/Olympus"),
        ("currency", "usd"),
        ("currency", "XXX"),
        ("starts", "17 May"),
        ("starts", 20200517),
        ("ends", "2020-05-16"),
        ("ends", "9999-12-31"),
        ("ends", "0001-01-01"),
        ("colour", "blue"),
    ],
)
def test_a_conference_that_makes_no_sense_is_refused_beside_its_field(
    town: Scheduling, field: str, value: object
) -> None:
    response = town.post("/conferences", {**CONFERENCE, "key": "senseless", field: value})

    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert list(response.get_json()["errors"]["json"]) == [field]
    assert town.get("/conferences?key=senseless").get_json()["items"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("reason", "x" * 501),
        ("decision", None),
        ("choose_by", "2020-04-08"),
        ("choose_by", "2021-04-08"),
        ("choose_by", "9999-12-31"),
        ("choose_by", "tomorrow"),
        ("grace", "30 minutes"),
    ],
)
def test_a_decision_that_makes_no_sense_cancels_nothing(town: Scheduling, field: str, value: object) -> None:
    conference = town.opened()

    response = town.post(f"/conferences/{conference}/cancel", {**DECISION, field: value})

    assert response.status_code == 422
    assert list(response.get_json()["errors"]["json"]) == [field]
    assert town.get(f"/conferences/{conference}").get_json()["disposition"] == "as_planned"


def test_a_refused_step_says_what_did_not_happen(town: Scheduling) -> None:
    draft, opened, gone = town.drafted(), town.opened(), town.opened()
    town.cancelled(gone)

    refused = [
        town.post(f"/conferences/{draft}/open"),
        town.post(f"/conferences/{draft}/cancel", DECISION),
        town.post(f"/conferences/{opened}/announce"),
        town.post(f"/conferences/{opened}/open"),
        town.post(f"/conferences/{gone}/open"),
        town.post(f"/conferences/{gone}/cancel", DECISION),
    ]

    assert [each.status_code for each in refused] == [409] * 6
    assert [each.get_json()["type"].rpartition(":")[2] for each in refused] == [
        "ConferenceIsDraft",
        "ConferenceIsDraft",
        "ConferenceAlreadyAnnounced",
        "RegistrationAlreadyOpen",
        "ConferenceIsCancelled",
        "ConferenceIsCancelled",
    ]


def test_the_same_cancellation_sent_twice_is_one_decision(town: Scheduling) -> None:
    conference = town.opened()

    answers = [town.post(f"/conferences/{conference}/cancel", DECISION, key=f"once-{conference}") for _ in range(2)]

    assert [each.status_code for each in answers] == [202, 202]
    assert answers[0].get_json() == answers[1].get_json()
    assert events(town, conference).count("reconvene.scheduling.conference_cancelled.v1") == 1


def test_a_key_of_another_request_is_refused(town: Scheduling) -> None:
    conference = town.opened()
    town.post(f"/conferences/{conference}/cancel", DECISION, key=f"reused-{conference}")

    response = town.post(
        f"/conferences/{conference}/cancel", {**DECISION, "reason": "Another."}, key=f"reused-{conference}"
    )

    assert response.status_code == 422
    assert response.get_json()["type"] == "urn:reconvene:problem:IdempotencyKeyReused"


@pytest.mark.parametrize("key", [None, "x" * 201, "with blank", "ümlaut"])
def test_a_request_without_a_proper_idempotency_key_changes_nothing(town: Scheduling, key: str | None) -> None:
    conference = town.drafted()

    response = town.post(f"/conferences/{conference}/announce", key=key)

    assert response.status_code == 400
    assert "Nothing was changed" in response.get_json()["detail"]
    assert town.get(f"/conferences/{conference}").get_json()["life"] == "draft"


def test_a_conference_that_has_not_changed_is_not_sent_again(town: Scheduling) -> None:
    conference = town.drafted()
    tag = town.get(f"/conferences/{conference}").headers["ETag"]

    unchanged = town.get(f"/conferences/{conference}", **{"If-None-Match": tag})
    town.post(f"/conferences/{conference}/announce")
    changed = town.get(f"/conferences/{conference}", **{"If-None-Match": tag})

    assert (unchanged.status_code, unchanged.text, changed.status_code) == (304, "", 200)


def test_the_list_is_read_part_by_part(town: Scheduling) -> None:
    made = [town.opened() for _ in range(3)]
    read: list[str] = []
    address = "/conferences?limit=2"
    while address:
        response = town.get(address, desk=None)
        read += [each["id"] for each in response.get_json()["items"]]
        next_ = response.get_json()["next"]
        address = f"/conferences?limit=2&after={next_}" if next_ else ""
        if next_:
            assert response.headers["Link"] == f'</scheduling/conferences?after={next_}&limit=2>; rel="next"'

    assert read == sorted(set(read))
    assert set(made) <= set(read)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "after=%00", "order=title"])
def test_a_list_that_makes_no_sense_is_refused(town: Scheduling, query: str) -> None:
    assert town.get(f"/conferences?{query}").status_code == 422


def test_a_preview_of_an_empty_conference_is_all_zero(town: Scheduling) -> None:
    conference = town.opened()

    assert town.get(f"/conferences/{conference}/preview").get_json() == {
        "conference": conference,
        "currency": "USD",
        "registration_count": 0,
        "guest_count": 0,
        "held_minor": 0,
        "granted_minor": 0,
        "open_minor": 0,
        "message_count": 0,
        "tenders": [],
    }


# editing a draft


def test_a_draft_is_edited_by_who_has_seen_it_and_announced_as_it_is_then(town: Scheduling) -> None:
    conference = town.drafted()
    address = f"/conferences/{conference}"
    seen = town.get(address).headers["ETag"]

    edited = town.patch(address, {"city": "Denver, Colorado", "ends": "2020-05-21"}, seen=seen)
    again = town.patch(address, {"city": "Denver, Colorado"}, seen=seen)
    later = town.patch(address, {"city": "Austin, Texas"}, seen=seen)
    announced = town.post(f"{address}/announce")

    assert (edited.status_code, again.status_code, later.status_code) == (200, 200, 412)
    assert edited.headers["ETag"] == again.headers["ETag"] == town_etag(2)
    assert "Nothing of yours was saved" in later.get_json()["detail"]
    told = announced.get_json()
    assert (told["city"], told["starts"], told["ends"]) == ("Denver, Colorado", "2020-05-17", "2020-05-21")


def town_etag(version: int) -> str:
    return f'"{version}-draft"'


def test_an_edit_that_says_not_what_it_has_seen_is_refused(town: Scheduling) -> None:
    address = f"/conferences/{town.drafted()}"

    assert town.patch(address, {"city": "Denver"}, seen=None).status_code == 428
    assert [
        town.patch(address, {"city": "Denver"}, seen=seen).status_code for seen in ('"x"', '"1-draft", "2-draft"')
    ] == [
        412,
        412,
    ]
    assert town.get(address).get_json()["city"] == "St. Louis, Missouri"


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"ends": "2020-05-16"}, 422, "is before the first, 2020-05-17. Nothing was changed"),
        ({"zone": "Mars/Olympus"}, 422, "is no time zone that we know. Nothing was changed"),
        ({"currency": "XXX"}, 422, "is no currency that we can keep. Nothing was changed"),
        (
            {"starts": "2020-03-01", "ends": "2020-03-02"},
            422,
            "would have ended on 2020-03-02 already. Nothing was changed",
        ),
        ({"key": "taken-by-another"}, 409, "The key taken-by-another is taken. Nothing was changed"),
        ({"title": " "}, 422, "Some fields make no sense"),
        ({"colour": "red"}, 422, "Some fields make no sense"),
        ({"life": "open"}, 422, "Some fields make no sense"),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(
    town: Scheduling, changes: dict[str, str], status: int, said: str
) -> None:
    if "key" in changes and not town.get("/conferences?key=taken-by-another").get_json()["items"]:
        town.drafted(key="taken-by-another")
    address = f"/conferences/{town.drafted()}"
    before = town.get(address).get_json()

    response = town.patch(address, changes)

    assert response.status_code == status
    assert said in response.get_json()["detail"]
    assert town.get(address).get_json() == before


@pytest.mark.parametrize(
    ("changes", "refusal", "said"),
    [
        ({"city": "Denver"}, "CityAnnounced", "Another city takes a decision that tells everyone"),
        ({"starts": "2020-05-18"}, "DaysAnnounced", "Other days take a decision that tells everyone"),
        ({"zone": "America/Denver"}, "DaysAnnounced", "people plan by them"),
        ({"currency": "CAD"}, "FactAnnounced", "stay as they were announced"),
        ({"key": "another-key"}, "FactAnnounced", "stay as they were announced"),
        ({"title": "Another title", "ends": "2020-05-21"}, "DaysAnnounced", "Nothing was changed"),
    ],
)
def test_what_people_plan_by_is_not_edited_once_it_is_announced_and_the_way_is_shown(
    town: Scheduling, changes: dict[str, str], refusal: str, said: str
) -> None:
    address = f"/conferences/{town.opened()}"
    before = town.get(address).get_json()

    response = town.patch(address, changes)

    assert (response.status_code, response.get_json()["type"]) == (409, f"urn:reconvene:problem:{refusal}")
    assert said in response.get_json()["detail"]
    assert town.get(address).get_json() == before


def test_an_announced_conference_is_said_in_other_words_and_everyone_hears_each_edit_once(town: Scheduling) -> None:
    conference = town.opened()
    address, words = f"/conferences/{conference}", {"title": "74th Congress", "venue": "Gateway Hall", "text": "Come."}

    for _ in range(2):  # the answer was lost, and the same was sent again
        assert town.patch(address, {**words, "city": CONFERENCE["city"]}).status_code == 200

    events = town.service.parts.database.mongo["events"].find({"type": ConferenceDescribed.type, "key": conference})
    assert [said_in(town.service.parts.database, each, ConferenceDescribed) for each in events] == [
        ConferenceDescribed(conference=conference, **words)
    ]
    known = town.get(address).get_json()
    assert {name: known[name] for name in words} == words
    page = town.visitor().see(f"{address}/page").text
    assert "Gateway Hall<br>St. Louis, Missouri" in page
    assert '{"@type": "Place", "address": "St. Louis, Missouri", "name": "Gateway Hall"}' in page


def test_a_cancelled_conference_keeps_its_words(town: Scheduling) -> None:
    conference = town.opened()
    town.cancelled(conference)

    refused = town.patch(f"/conferences/{conference}", {"title": "Another title"})

    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:reconvene:problem:ConferenceIsCancelled")


def test_nobody_is_told_of_a_draft_in_other_words(town: Scheduling) -> None:
    conference = town.drafted()

    assert town.patch(f"/conferences/{conference}", {"title": "A secret", "venue": "Hall"}).status_code == 200

    assert not town.service.parts.database.mongo["events"].count_documents({"key": conference})


def test_only_the_committee_edits_a_draft(town: Scheduling) -> None:
    address = f"/conferences/{town.drafted()}"

    assert [town.patch(address, {"city": "Denver"}, desk=desk).status_code for desk in (None, "finance")] == [401, 403]
    assert town.patch("/conferences/nowhere", {"city": "Denver"}).status_code == 404
