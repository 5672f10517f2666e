"""Names and addresses put right as people meet it: by the desk at once, by the person with a link to a new address."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from pymongo import MongoClient

from shared.principals import Role
from shared.settings import SERVICES
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene, mail_address
from tests.waiting import wait_until


def test_the_desk_corrects_a_name_and_badge_mails_and_lists_show_the_right_one(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    title = "Conference of Correct Names"
    conference = scene.open_conference(title)
    registered = scene.register(conference, "Wanda Mispelt")
    desk, delegate = visit(), visit()

    people.sign_in(
        desk, f"{scene.town.registration}/registration/desk/conferences/{conference}", scene.colleague(Role.COMMITTEE)
    )
    desk.get_by_role("link", name="Wanda Mispelt").click()
    desk.get_by_label("Full name").fill("Wanda Misspelt")
    desk.get_by_label("Why it is corrected").fill("She called: her name has two s.")
    desk.get_by_role("button", name="Save the correction").click()

    expect(desk.get_by_role("heading", name="Wanda Misspelt", level=1)).to_be_visible()
    history = desk.get_by_role("row", name=re.compile("Full name"))
    expect(history).to_contain_text("Wanda Mispelt")
    expect(history).to_contain_text("Casey Committee: She called: her name has two s.")
    assert looking.faults(desk, name="correction-by-desk") == []
    scene.pay(registered)
    people.open_mail(delegate, scene, to="Wanda Mispelt", subject="registered")
    expect(delegate.frame_locator("iframe").get_by_text("Wanda Misspelt")).to_be_visible()
    own = people.follow_mail(delegate)
    expect(own.get_by_text("Wanda Misspelt")).to_be_visible()
    own.get_by_role("link", name="Open my agenda").click()
    own.wait_for_url("**/scheduling/agenda/**")
    _shows_on_its_badge(own, "Wanda Misspelt")


def test_no_service_keeps_the_name_that_was_wrong_but_registration_which_keeps_what_it_corrected(scene: Scene) -> None:
    wrong, right = "Wilfrid Wrongname", "Wilfrid Rightname"
    registered = scene.register(scene.open_conference("Conference of One Name"), wrong)
    scene.pay(registered)
    scene.wait_until(
        lambda: {service for service, _ in _keepers(scene, wrong)} == set(SERVICES),
        missing="every copy of the name",
    )

    scene.caller.post(
        f"{scene.town.registration}/registration/people/{registered['person']}/corrections",
        {"name": right, "reason": "He wrote to us."},
        key="correct-wilfrid",
        account=scene.town.committee,
    )

    kept = {("registration", "corrections")}
    scene.wait_until(lambda: _keepers(scene, wrong) == kept, missing=f"that only {sorted(kept)} keep it")
    assert {service for service, _ in _keepers(scene, right)} == set(SERVICES)


def test_somebody_corrects_their_mail_address_proves_it_and_the_next_mail_goes_there(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    registered = scene.register(scene.open_conference("Conference of New Mailboxes"), "Nora Oldtown")
    page, new, old = visit(java_script_enabled=False), visit(), visit()

    page.goto(str(registered["mine"]))
    page.get_by_role("link", name="Correct my name or address").click()
    page.get_by_label("E-mail address").fill(mail_address("Nora Newtown"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Please look into your mail at nora.newtown@town.example")).to_be_visible()

    people.open_mail(old, scene, to="Nora Oldtown", subject="change your e-mail address")
    people.open_mail(new, scene, to="Nora Newtown", subject="Is this your e-mail address?")
    proof = people.follow_mail(new)
    assert looking.faults(proof, name="address-proof") == []
    proof.get_by_role("button", name="Yes, write to this address").click()
    expect(proof.get_by_role("heading", name="Your new address counts")).to_be_visible()
    assert looking.faults(proof, name="address-proved") == []

    again = people.follow_mail(new)
    expect(again.get_by_role("heading", name="This link was used already")).to_be_visible()
    assert looking.faults(again, name="address-used") == []
    scene.pay(registered)
    people.open_mail(new, scene, to="Nora Newtown", subject="registered")
    old.goto(f"{scene.town.mailbox}/?q={mail_address('Nora Oldtown')}")
    expect(old.get_by_role("link", name="change your e-mail address")).to_have_count(1)
    expect(old.get_by_role("link", name="registered")).to_have_count(0)


def _shows_on_its_badge(page: Page, name: str) -> None:
    address = f"{page.url}/badge"

    def is_shown() -> bool:
        page.goto(address)
        return page.get_by_text(name).count() > 0

    wait_until(is_shown, people.WAIT_SECONDS, missing=f"a badge for {name}", poll_seconds=people.POLL_SECONDS)


def _keepers(scene: Scene, name: str) -> set[tuple[str, str]]:
    """The services that keep a name, and in which of their collections."""
    prefix = scene.wiring.database_prefix
    client: MongoClient[dict[str, Any]]
    with MongoClient(scene.wiring.engines["MONGO_URL"]) as client:
        return {
            (database.removeprefix(prefix), collection)
            for database in client.list_database_names()
            if database.startswith(prefix)
            for collection in client[database].list_collection_names()
            if name in str(list(client[database][collection].find()))
        }
