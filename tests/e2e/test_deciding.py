"""A decision is begun: all services confirm it, or the second person reads what has changed and approves that."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import DECISION, REASON, Scene


def test_what_was_approved_is_confirmed_by_all_and_what_has_changed_is_approved_by_the_second_person(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    conference = scene.open_conference("Conference That Two People Decide About")
    scene.pay(scene.register(conference, "Dora Decided"))
    decision = _approved(scene, conference)
    _step(scene, decision, "arm")
    scene.wait_until(lambda: _of(scene, decision)["until"] is not None, missing="everybody's confirmation")
    assert _of(scene, decision)["changes"] == []
    _step(scene, decision, "withdraw")

    decision = _approved(scene, conference)
    scene.register(conference, "Dirk Decided")
    desk = f"{scene.town.scheduling}/scheduling/desk/decisions/{decision}"
    committee, page = visit(), visit()
    people.sign_in(page, desk, scene.colleague(Role.FINANCE))
    people.sign_in(committee, desk, scene.colleague(Role.COMMITTEE))
    committee.get_by_role("button", name="Begin it").click()
    expect(committee.get_by_text("It is begun. Nobody has been told yet.")).to_be_visible()
    assert looking.faults(committee, name="decision-begun") == []
    scene.wait_until(lambda: bool(_of(scene, decision)["changes"]), missing="word of what has changed")
    page.goto(desk)
    expect(page.get_by_role("heading", name="Something has changed since it was approved")).to_be_visible()
    expect(page.get_by_text("1 more registration, $575.00 more").first).to_be_visible()
    assert looking.faults(page, name="decision-drifted") == []
    page.get_by_label("I have read what has changed.").check()
    page.get_by_role("button", name="Approve it as it is now").click()
    expect(page.get_by_role("heading", name="It can be undone for")).to_be_visible()
    assert looking.faults(page, name="decision-armed") == []
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("Nobody was told, and no money has moved.").first).to_be_visible()


def _approved(scene: Scene, conference: str) -> str:
    body = {
        "kind": "cancel",
        "reason": REASON,
        "decision": DECISION,
        "choose_by": (scene.today + timedelta(days=21)).isoformat(),
    }
    url = f"{scene.town.scheduling}/scheduling/conferences/{conference}/decisions"
    made = scene.caller.post(url, body, key=secrets.token_hex(8), account=scene.town.committee)
    decision = str(made["id"])
    _step(scene, decision, "preview")
    scene.caller.until_known(
        lambda: _step(scene, decision, "propose"), missing="what it would do", kinds=("PreviewIncomplete",)
    )
    _step(scene, decision, "approve", account=scene.town.finance)
    return decision


def _step(scene: Scene, decision: str, step: str, *, account: Any = None) -> dict[str, Any]:
    url = f"{scene.town.scheduling}/scheduling/decisions/{decision}/{step}"
    body = None if step == "withdraw" else {"revision": 1}
    done: dict[str, Any] = scene.caller.post(
        url, body, key=secrets.token_hex(8), account=account or scene.town.committee
    )
    return done


def _of(scene: Scene, decision: str) -> dict[str, Any]:
    url = f"{scene.town.scheduling}/scheduling/decisions/{decision}"
    found: dict[str, Any] = scene.caller.get(url, account=scene.town.committee)
    return found
