"""Ending one registration as the desk meets it: what it means is read first, and afterwards the page says so."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene


def test_the_desk_reads_what_it_means_and_ends_one_registration(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    registered = scene.register(scene.open_conference("Conference of the Departing"), "Delia Departing")
    desk = visit()

    page = f"{scene.town.registration}/registration/desk/people/{registered['person']}"
    people.sign_in(desk, page, scene.colleague(Role.COMMITTEE))
    desk.get_by_role("link", name="not paid yet").click()
    expect(desk.get_by_role("heading", name="Delia Departing")).to_be_visible()
    assert looking.faults(desk, name="registration") == []
    desk.get_by_role("link", name="End this registration").click()
    expect(desk.get_by_role("heading", name="End the registration of Delia Departing?")).to_be_visible()
    expect(desk.get_by_text("is not paid yet, and is owed no more")).to_be_visible()
    assert looking.faults(desk, name="leave") == []
    desk.get_by_role("button", name="End this registration").click()
    expect(desk.get_by_role("alert")).to_contain_text("Please say why.")
    assert looking.faults(desk, name="leave-refused") == []
    desk.get_by_label("Why it ends").fill("She asked us to, by telephone.")
    desk.get_by_role("button", name="End this registration").click()

    expect(desk.get_by_role("heading", name="This registration has ended")).to_be_visible()
    expect(desk.get_by_text("Why: She asked us to, by telephone.")).to_be_visible()
    expect(desk.get_by_role("link", name="End this registration")).to_have_count(0)
    assert looking.faults(desk, name="left") == []
