"""Erasing a person as the desk meets it: what goes and what stays is read first, and afterwards nobody is found."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene

BOROUGH = {"name": "Borough of Larchmere", "email": "clerk@larchmere.example", "language": "en"}
SPEAKER = {"name": "Perpetua Vanishing", "email": "perpetua@vanishing.example"}


def test_the_desk_reads_what_goes_erases_a_person_and_finds_them_no_more(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    conference = scene.open_conference("Conference of the Forgotten")
    speakers = f"{scene.town.scheduling}/scheduling/conferences/{conference}/speakers"
    speaker = scene.caller.post(speakers, SPEAKER, key="perpetua", account=scene.town.committee)
    page = f"{scene.town.registration}/registration/desk/people/{speaker['id']}"
    api = f"{scene.town.registration}/registration/people/{speaker['id']}"
    scene.caller.until_known(
        lambda: scene.caller.get(api, account=scene.town.committee), missing="the speaker at the registration desk"
    )
    desk = visit()

    people.sign_in(desk, page, scene.colleague(Role.COMMITTEE))
    desk.get_by_role("link", name="Erase this person").click()
    expect(desk.get_by_role("heading", name="Erase Perpetua Vanishing?")).to_be_visible()
    expect(desk.get_by_text("This can’t be undone, not even from a backup.")).to_be_visible()
    assert looking.faults(desk, name="erase-preview") == []
    desk.get_by_label("Why they are erased").fill("Perpetua asked.")
    desk.get_by_role("button", name="Erase for good").click()
    expect(desk.get_by_role("alert")).to_contain_text("without their name")
    assert looking.faults(desk, name="erase-refused") == []
    desk.get_by_label("Why they are erased").fill("Asked for by letter.")
    desk.get_by_role("button", name="Erase for good").click()
    expect(desk.get_by_role("button", name="Erase for good")).to_have_count(0)  # or a reload would send the refused one

    scene.wait_until(lambda: _erased(desk), missing="the end of the erasure")
    assert looking.faults(desk, name="erased") == []
    desk.get_by_role("link", name="Back to the person").click()
    expect(desk.get_by_role("heading", name="(erased)")).to_be_visible()
    expect(desk.get_by_text("Perpetua")).to_have_count(0)
    assert looking.faults(desk, name="erased-person") == []


def test_whoever_is_to_attend_is_not_erased_and_the_page_says_why(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    registered = scene.register(scene.open_conference("Conference of the Expected"), "Edna Expected")
    desk = visit()

    page = f"{scene.town.registration}/registration/desk/people/{registered['person']}/erase"
    people.sign_in(desk, page, scene.colleague(Role.COMMITTEE))

    expect(desk.get_by_text("They are registered for Conference of the Expected.")).to_be_visible()
    expect(desk.get_by_role("button", name="Erase for good")).to_have_count(0)
    assert looking.faults(desk, name="erase-not-yet") == []


def _erased(desk: Page) -> bool:
    desk.reload()
    return desk.get_by_role("heading", name="This person was erased").count() > 0


def test_who_pays_for_several_is_reached_from_a_registration_and_money_that_is_open_is_named(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    conference = scene.open_conference("Conference of the Boroughs", days_until=1)
    clerks = [
        {"person": {"name": f"Clerk {n}", "email": f"clerk{n}@borough.example"}, "category": "member"} for n in (1, 2)
    ]
    asked = {"conference": conference, "tender": "cheque", "payer": BOROUGH, "people": clerks}
    placed = scene.caller.post(f"{scene.town.registration}/registration/orders", asked, key="borough")
    desk = visit()
    page = f"{scene.town.registration}/registration/desk/conferences/{conference}"
    people.sign_in(desk, f"{page}/registrations/{placed['registrations'][0]}", scene.colleague(Role.COMMITTEE))

    desk.get_by_role("link", name="Erase who pays").click()
    expect(desk.get_by_text("Somebody for whom they pay is registered for Conference of the Boroughs.")).to_be_visible()
    expect(desk.get_by_role("button", name="Erase for good")).to_have_count(0)
    assert looking.faults(desk, name="erase-payer-not-yet") == []
    scene.pass_days(5)
    desk.reload()
    desk.get_by_label("Why they are erased").fill("The borough asked by letter.")
    desk.get_by_role("button", name="Erase for good").click()

    scene.wait_until(lambda: _is_refused(desk), missing="what is in the way of the erasure")
    expect(desk.get_by_text("is still open.")).to_be_visible()
    assert looking.faults(desk, name="erase-payer-refused") == []
    desk.get_by_role("link", name="Back to a registration that they pay for").click()
    expect(desk.get_by_role("link", name="Erase who pays")).to_be_visible()


def _is_refused(desk: Page) -> bool:
    desk.reload()
    return desk.get_by_role("heading", name="It could not be done").count() > 0
