"""The repair desk without a script: what happened, what is proposed, whom it hits, and the decision."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.scheduling.call.domain.speaking import Withdrawal
from services.scheduling.call.store import WITHDRAWALS
from services.scheduling.repair.jobs import searching as jobs
from shared.change import Change
from shared.jobs import claim_due
from tests.integration.programme_house import MONDAY_ONE, MONDAY_TEN, Programme, begun, congress
from tests.integration.scheduling_town import Scheduling, Visitor
from tests.integration.test_repair import MONDAY, ROOMS, TIMES
from tests.namespaces import Namespace

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    with congress(module_namespace) as scheduling:
        yield scheduling


@pytest.fixture
def programme(town: Scheduling) -> Programme:
    made = begun(town)
    made.framed(rooms=ROOMS, times=TIMES)
    return made


def _desk(programme: Programme) -> str:
    return f"/desk/conferences/{programme.conference}/repairs"


def _work(programme: Programme) -> None:
    database = programme.town.service.parts.database
    kind = jobs.searching(database)
    while claims := claim_due(database, kind):  # a search that another test has stopped may be due before ours
        for claim in claims:
            kind.act(claim)


def _asked(programme: Programme, committee: Visitor, **told: str) -> str:
    """The address of the search that was asked for by the form."""
    response = committee.submit(_desk(programme), {"task": "repair", **told})
    assert response.status_code == 303, response.text
    return response.headers["Location"].removeprefix("/scheduling")


MILLS_LOST = {"room_0": "mills", "room_day_0": MONDAY}


def test_the_committee_says_what_happened_and_takes_the_least_repair(programme: Programme, town: Scheduling) -> None:
    hit = programme.placed("C-01")
    programme.placed("C-02", room="ballroom")
    committee = town.visitor().signed_in("committee")

    search = _asked(programme, committee, **MILLS_LOST)
    waiting = committee.see(search).text
    _work(programme)
    proposal = committee.see(search).text
    taken = committee.submit(search, {}, to=f"{search}/take")

    assert "Mills Studio is lost on Monday, May 19, 2025." in waiting
    assert "Stop looking" in waiting
    assert "Monday, May 19, 1:00 PM, Grand Ballroom" in proposal
    assert "No repair moves fewer sessions: that was proven." in proposal
    assert taken.status_code == 303
    assert programme.done("GET", f"/sessions/{hit['id']}")["slot"]["room"] == "ballroom"
    assert "The proposal is in the draft. Nobody has been told" in committee.see(search).text


def test_nothing_is_asked_when_nothing_happened(programme: Programme, town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")

    refused = committee.submit(_desk(programme), {"task": "repair", "may_cancel": "yes"})

    assert refused.status_code == 422
    assert "Say first what happened" in refused.text
    assert programme.done("GET", "/searches")["items"] == []


def test_a_cancellation_is_not_taken_without_a_reason(programme: Programme, town: Scheduling) -> None:
    for number, room in enumerate(("ballroom", "mills")):
        for part, starts in enumerate((MONDAY_TEN, MONDAY_ONE)):
            programme.placed(f"C-{number}{part}", room=room, starts=starts)
    committee = town.visitor().signed_in("committee")
    search = _asked(programme, committee, **MILLS_LOST, may_cancel="yes")
    _work(programme)

    refused = committee.submit(search, {"reason": " "}, to=f"{search}/take")
    taken = committee.submit(search, {"reason": "The studio is flooded."}, to=f"{search}/take")

    assert refused.status_code == 422
    assert "Say why the sessions are cancelled" in refused.text
    assert taken.status_code == 303


def test_a_search_can_be_stopped(programme: Programme, town: Scheduling) -> None:
    programme.placed("C-01")
    committee = town.visitor().signed_in("committee")
    search = _asked(programme, committee, **MILLS_LOST)

    stopped = committee.submit(search, {}, to=f"{search}/cancel")
    again = committee.send(f"{search}/cancel", {})

    assert stopped.status_code == 303
    assert again.status_code in (400, 409)
    assert "Stopped" in committee.see(search).text


def test_what_can_not_be_repaired_is_explained(programme: Programme, town: Scheduling) -> None:
    for number, room in enumerate(("ballroom", "mills")):
        for part, starts in enumerate((MONDAY_TEN, MONDAY_ONE)):
            programme.placed(f"C-{number}{part}", room=room, starts=starts)
    committee = town.visitor().signed_in("committee")
    search = _asked(programme, committee, **MILLS_LOST)
    _work(programme)

    page = committee.see(search).text

    assert '<span class="badge serious">Impossible</span>' in page
    assert "Take back one of these" in page
    assert "Take it into the draft" not in page


def test_a_conflict_elsewhere_is_shown_with_the_way_to_it_and_does_not_block_the_repair(
    programme: Programme, town: Scheduling
) -> None:
    one = programme.placed("C-01", room="ballroom")
    programme.placed("C-02", room="ballroom")
    programme.placed("C-03")
    committee = town.visitor().signed_in("committee")
    search, clashes = (_asked(programme, committee, **asked) for asked in (MILLS_LOST, {"task": "fewer_clashes"}))
    _work(programme)

    page, refused = committee.see(search).text, committee.see(clashes).text

    assert "<h2>Was so before</h2>" in page
    assert "Take it into the draft" in page
    for each in (page, refused):
        assert "Grand Ballroom is used twice on Monday" in each
        assert f"/programme/sessions/{one['id']}" in each
    assert jobs.RESOLVE_FIRST in refused


def test_a_session_that_lost_its_speaker_shows_what_each_way_on_would_do(
    programme: Programme, town: Scheduling
) -> None:
    this = programme.placed("C-31")
    other = programme.placed("C-32", starts=MONDAY_ONE)
    _released(programme)
    committee = town.visitor().signed_in("committee")

    page = committee.see(f"{_desk(programme)}/sessions/{this['id']}?with={other['id']}").text

    for words in ("Somebody else speaks", "It changes places with another session", "It is cancelled"):
        assert words in page
    assert page.count("What a release would do") == 2


def test_a_session_whose_speaker_has_withdrawn_is_named_until_that_is_settled(
    programme: Programme, town: Scheduling
) -> None:
    this = programme.placed("C-31")
    gone = Withdrawal(
        id="withdrawal_1",
        conference=programme.conference,
        session=this["id"],
        person="per_whitlock",
        role="speaker",
        withdrawn_at=datetime(2020, 4, 9, 14, tzinfo=UTC),
    )
    programme.town.service.parts.database.transact(lambda unit: unit.create(WITHDRAWALS, Change(gone)))

    page = town.visitor().signed_in("committee").see(_desk(programme)).text

    assert "A speaker has withdrawn" in page
    assert f"/repairs/sessions/{this['id']}" in page


@pytest.mark.parametrize("path", ["", "/search_none", "/sessions/ses_none"])
def test_the_repair_desk_is_the_committees(programme: Programme, town: Scheduling, path: str) -> None:
    assert town.visitor().see(_desk(programme) + path).status_code == 303
    assert town.visitor().signed_in("finance").see(_desk(programme) + path).status_code == 403


@pytest.mark.parametrize("path", ["/search_none", "/sessions/ses_none"])
def test_what_is_not_there_is_not_found(programme: Programme, town: Scheduling, path: str) -> None:
    assert town.visitor().signed_in("committee").see(_desk(programme) + path).status_code == 404


def _released(programme: Programme) -> None:
    from services.scheduling.releases.commands import preview
    from services.scheduling.releases.commands import releases as commands

    database = programme.town.service.parts.database
    domain = "reconvene.example"
    seen = preview.preview(database, programme.conference, domain=domain).seen
    asked: dict[str, Any] = {"name": "First", "remark": "", "seen": seen, "domain": domain, "by": "committee"}
    database.run(commands.release_programme, conference=programme.conference, **asked)
