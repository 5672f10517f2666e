"""The four desks as one product: one address, one navigation, one search box, one list of what waits."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.scene import Cancelled, Scene

DESKS = {
    "Committee": "scheduling/desk",
    "Registration": "registration/desk",
    "Finance": "payments/desk",
    "Messages": "notifications/desk",
}


def part(page: Page, desk: str) -> list[str]:
    """What a desk says on a page of all four, line by line."""
    return page.get_by_role("region", name=desk, exact=True).get_by_role("listitem").all_inner_texts()


def wait_for_all(page: Page) -> None:
    expect(page.locator("[data-from]")).to_have_count(0)


def test_a_visitor_finds_the_conferences_at_the_one_address(scene: Scene, visit: Callable[..., Page]) -> None:
    page = visit()

    page.goto(f"{scene.front}/")

    expect(page.get_by_role("heading", name="Conferences of municipal clerks and managers")).to_be_visible()
    assert page.get_by_role("search").count() == 0
    assert page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts() == ["Conferences"]


@pytest.mark.usefixtures("symposium")
def test_who_is_signed_in_finds_what_waits_at_all_four_desks(scene: Scene, visit: Callable[..., Page]) -> None:
    committee, finance = visit(), visit()
    people.sign_in(committee, f"{scene.front}/scheduling/desk", scene.colleague(Role.COMMITTEE))
    people.sign_in(finance, f"{scene.front}/payments/desk", scene.colleague(Role.FINANCE))

    for page in (committee, finance):
        page.get_by_role("link", name="Waiting for you").click()
        expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
        wait_for_all(page)

    assert page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts() == list(DESKS)
    assert any("to pay by cheque" in each for each in part(finance, "Finance"))
    assert part(committee, "Finance") == []
    assert any("to print and post" in each for each in part(committee, "Messages"))
    finance.get_by_role("link", name=re.compile("to pay by cheque")).click()
    expect(finance.get_by_role("heading", name="Refunds")).to_be_visible()


@pytest.mark.usefixtures("symposium")
def test_without_scripts_a_link_leads_to_what_each_desk_says(scene: Scene, visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    people.sign_in(page, f"{scene.front}/payments/desk", scene.colleague(Role.FINANCE))
    page.goto(f"{scene.front}/")

    page.get_by_role("region", name="Finance", exact=True).get_by_role("link").click()

    assert any("to pay by cheque" in each for each in part(page, "Finance"))
    assert page.get_by_role("region", name="Committee", exact=True).get_by_role("link").count() == 1


def test_one_search_finds_a_person_at_every_desk_that_knows_them(scene: Scene, visit: Callable[..., Page]) -> None:
    conference = scene.open_conference("Fair of Lost Things")
    registered = scene.register(conference, "Quincy Quill-Baptiste")
    page = visit()
    people.sign_in(page, f"{scene.front}/notifications/desk", scene.colleague(Role.COMMITTEE))

    expect(page.get_by_role("navigation", name="Desks")).to_be_visible()
    page.wait_for_load_state()

    page.keyboard.press("/")
    expect(page.get_by_label("Find anything")).to_be_focused()
    page.keyboard.type("quill baptiste")
    page.keyboard.press("Enter")
    wait_for_all(page)

    (found,) = part(page, "Registration")
    assert found.startswith("Quincy Quill-Baptiste Registration · Fair of Lost Things · not paid yet")
    (messages,) = part(page, "Messages")
    assert messages.startswith("Quincy Quill-Baptiste Messages · quincy.quill-baptiste@town.example · ")
    assert part(page, "Finance") == []
    page.get_by_role("region", name="Registration", exact=True).get_by_role("link").click()
    expect(page.get_by_role("rowheader", name="Quincy Quill-Baptiste")).to_be_visible()
    assert registered["mine"]


def test_one_search_finds_an_order_by_its_number_and_a_session_by_its_code(
    scene: Scene, symposium: Cancelled, visit: Callable[..., Page]
) -> None:
    order = scene.caller.get(f"{scene.town.payments}/payments/orders/{symposium.order}", account=scene.town.finance)
    page = visit()
    people.sign_in(page, f"{scene.front}/registration/desk", scene.colleague(Role.FINANCE))

    page.get_by_label("Find anything").fill(order["number"])
    page.get_by_role("button", name="Find").click()
    wait_for_all(page)

    (found,) = part(page, "Finance")
    assert found.startswith(f"{order['number']} Order · ")
    assert len(part(page, "Registration")) == 1
    page.get_by_role("link", name=order["number"]).first.click()
    expect(page.get_by_role("main")).to_contain_text(order["number"])


def test_a_desk_that_does_not_answer_is_said_so_and_the_others_are_shown(
    scene: Scene, visit: Callable[..., Page]
) -> None:
    """At a service's own address there is no other; as when the others are down."""
    page = visit()
    people.sign_in(page, f"{scene.town.registration}/registration/desk", scene.colleague(Role.COMMITTEE))

    page.goto(f"{scene.town.registration}/registration/desk/search?query=nobody")

    silent = page.get_by_text("This desk did not answer, so what it has is missing here.")
    expect(silent.locator("visible=true")).to_have_count(3)
    expect(page.get_by_role("region", name="Registration", exact=True)).to_contain_text("Nothing found here.")


@pytest.mark.parametrize("width", [390, 1280])
def test_every_desk_has_the_same_navigation_and_says_where_one_is(
    scene: Scene, visit: Callable[..., Page], width: int
) -> None:
    page = visit()
    page.set_viewport_size({"width": width, "height": 844})
    people.sign_in(page, f"{scene.front}/registration/desk", scene.colleague(Role.COMMITTEE))
    seen = {}

    for desk, path in DESKS.items():
        page.goto(f"{scene.front}/{path}")
        if width == 390:
            page.get_by_role("button", name="Menu").click()
        navigation = page.get_by_role("navigation", name="Desks")
        expect(navigation).to_be_visible()
        expect(page.get_by_label("Find anything")).to_be_visible()
        links = navigation.get_by_role("link")
        seen[desk] = [(each.inner_text(), each.get_attribute("href")) for each in links.all()]
        assert navigation.locator("[aria-current=page]").all_inner_texts() == [desk]

    assert len({tuple(each) for each in seen.values()}) == 1, seen
    assert [name for name, _ in seen["Committee"]] == ["Waiting for you", "Conferences", *DESKS]


def test_from_a_conference_at_one_desk_one_gets_to_it_at_the_others(
    scene: Scene, symposium: Cancelled, visit: Callable[..., Page]
) -> None:
    committee, finance = visit(), visit()
    title = "Spring Symposium on Municipal Records"
    people.sign_in(
        committee,
        f"{scene.front}/registration/desk/conferences/{symposium.conference}",
        scene.colleague(Role.COMMITTEE),
    )
    people.sign_in(finance, f"{scene.front}/payments/desk/books/{symposium.conference}", scene.colleague(Role.FINANCE))
    at_registration, at_books = (each.get_by_role("navigation", name=title) for each in (committee, finance))
    expect(at_registration.get_by_role("link")).to_have_text(["Overview", "Draft programme", "Registrations"])
    expect(at_books.get_by_role("link")).to_have_text(["Registrations", "Orders", "Books"])
    assert at_books.locator("[aria-current=page]").all_inner_texts() == ["Books"]

    at_registration.get_by_role("link", name="Draft programme").click()
    at_books.get_by_role("link", name="Registrations").click()

    expect(committee.get_by_role("heading", name="Programme in draft")).to_be_visible()
    expect(finance.get_by_role("heading", name=title, level=1)).to_be_visible()
    for page, place in ((committee, "Draft programme"), (finance, "Registrations")):
        expect(page.get_by_role("navigation", name=title).locator("[aria-current=page]")).to_have_text(place)
