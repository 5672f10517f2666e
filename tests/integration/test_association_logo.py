"""An association is seen: its logo, its name and its languages on public pages, calendars, letters and mails."""

import base64
import html
import io
import random
import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from PIL import Image

from services.registration.associations.domain import LOGO_BYTE_COUNT_MAX, LOGO_SIZE
from shared.associations import UNDESCRIBED
from shared.auth import sign
from shared.contracts.registration import AssociationDescribed
from shared.described import ASSOCIATIONS, association_called
from shared.principals import Role
from shared.web.hosts import host_of
from tests.integration import notifications_house, payments_house, registration_house, releases_house, scheduling_town
from tests.integration.provider_fixtures import RunningProvider, shared_provider
from tests.integration.registration_house import House, application
from tests.namespaces import Namespace
from tests.visitors import signed_in

__all__ = ["shared_provider"]

PAGE, API = "/registration/desk/associations", "/registration/associations"
HTML = {"Accept": "text/html"}
LAKES = {"name": "Clerks of the Lakes", "postal_address": ["12 Foothill Lane"], "tax_number": "95-0000001"}


@pytest.fixture
def house(namespace: Namespace) -> Iterator[House]:
    """Registration's web side, where forms need no token of their page."""
    with registration_house.house(namespace) as running:
        running.parts.web.config["WTF_CSRF_METHODS"] = ()
        yield running


def picture(kind: str = "PNG", *, size: tuple[int, int] = (1200, 300), is_noise: bool = False) -> bytes:
    drawn = Image.new("RGB", size, (31, 79, 120))
    if is_noise:
        drawn = Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))
    written = io.BytesIO()
    drawn.save(written, kind, exif=b"Exif\0\0where it was taken" if kind == "JPEG" else b"")
    return written.getvalue()


def logo(content: bytes, name: str = "logo.png") -> dict[str, Any]:
    return {"logo": (io.BytesIO(content), name)}


def kept(house: House, association: str = "lakes") -> bytes:
    return base64.b64decode(association_called(house.database, association).logo)


@pytest.mark.parametrize("sent", [picture(), picture("JPEG"), picture(is_noise=True)], ids=["png", "jpeg", "noise"])
def test_a_picture_becomes_a_small_png_that_everybody_may_see(house: House, sent: bytes) -> None:
    browser = signed_in(house.parts.web, "lakes", Role.FINANCE)
    browser.put(f"{API}/lakes", json=LAKES)

    saved = browser.post(f"{PAGE}/lakes/logo", data=logo(sent))
    again = browser.put(f"{API}/lakes/logo", data=sent, content_type="image/png")
    page = browser.get(f"{PAGE}/lakes", headers=HTML).text
    address = re.search(r'src="[^"]*(/registration/logos/lakes/\w+\.png)"', page)
    assert address
    shown = house.parts.web.test_client().get(address[1])

    assert (saved.status_code, again.status_code) == (303, 204)
    assert (shown.content_type, shown.data, "public" in shown.headers["Cache-Control"]) == (
        "image/png",
        kept(house),
        True,
    )
    assert len(kept(house)) <= LOGO_BYTE_COUNT_MAX
    with Image.open(io.BytesIO(kept(house)), formats=("PNG",)) as made:
        assert (made.size[0] <= LOGO_SIZE[0], made.size[1] <= LOGO_SIZE[1], made.info.get("exif")) == (True, True, None)
    assert len(house.said(AssociationDescribed)) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Please choose a PNG or JPEG picture"),
        (b"<svg onload='alert(1)'/>", "can't be read as a PNG or JPEG"),
        (picture()[:200], "can't be read as a PNG or JPEG"),
        (picture("GIF"), "can't be read as a PNG or JPEG"),
        (picture(size=(6001, 2)), "6001 by 2 points"),
    ],
    ids=["nothing", "svg", "cut", "gif", "large"],
)
def test_what_is_no_picture_is_refused_and_the_logo_stays(house: House, content: bytes, told: str) -> None:
    browser = signed_in(house.parts.web, "lakes", Role.ADMINISTRATOR)
    browser.put(f"{API}/lakes", json=LAKES)
    browser.post(f"{PAGE}/lakes/logo", data=logo(picture()))
    before = kept(house)

    page = browser.post(f"{PAGE}/lakes/logo", data=logo(content), headers=HTML)
    program = browser.put(f"{API}/lakes/logo", data=content, content_type="image/png")

    assert (page.status_code, program.status_code, told in html.unescape(page.text)) == (422, 422, True)
    assert kept(house) == before


def test_a_logo_stays_when_the_rest_is_said_again_and_goes_when_it_is_taken_away(house: House) -> None:
    browser = signed_in(house.parts.web, "lakes", Role.FINANCE)

    nameless = browser.post(f"{PAGE}/lakes/logo", data=logo(picture()), headers=HTML)
    browser.put(f"{API}/lakes", json=LAKES)
    browser.put(f"{API}/lakes/logo", data=picture(), content_type="image/png")
    browser.put(f"{API}/lakes", json=LAKES | {"tax_number": "95-0000002"})
    said = house.said(AssociationDescribed)[-1]
    gone = browser.post(f"{PAGE}/lakes/logo", data={"action": "remove"})

    assert (nameless.status_code, "Say first what your association is called" in nameless.text) == (404, True)
    assert (said.tax_number, bool(said.logo), gone.status_code) == ("95-0000002", True, 303)
    assert kept(house) == b""


def test_who_reads_a_public_page_sees_whose_conference_it_is_in_the_languages_it_offers(house: House) -> None:
    house.open_conference("74th")
    house.database.mongo["conferences"].update_one({"_id": "74th"}, {"$set": {"association": "lakes"}})
    browser = signed_in(house.parts.web, "lakes", Role.FINANCE)
    browser.put(f"{API}/lakes", json=LAKES | {"languages": ["fr", "en"]})
    browser.put(f"{API}/lakes/logo", data=picture(), content_type="image/png")
    visitor = house.parts.web.test_client()

    def read(language: str, query: str = "") -> str:
        headers = HTML | {"Accept-Language": language}
        return visitor.get(f"/registration/conferences/74th/register{query}", headers=headers).text

    dutch, english, asked = read("nl"), read("en"), read("en", "?lang=nl")
    person = {key: value for key, value in application()["person"].items() if key != "language"}
    answer: Any = house.register(person=person)

    assert "Clerks of the Lakes · 12 Foothill Lane · 95-0000001" in english
    assert re.search(r'<img src="[^"]*/registration/logos/lakes/\w+\.png" alt=""', english)
    assert [f'<html lang="{each}">' in page for each, page in (("fr", dutch), ("en", english), ("en", asked))] == [
        True
    ] * 3
    assert ['hreflang="fr"' in english, 'hreflang="nl"' in english] == [True, False]
    registered = house.registration(answer["registration"]).person
    assert [each["contact"]["language"] for each in house.database.mongo["people"].find({"_id": registered})] == ["fr"]


def test_a_page_that_says_what_is_wrong_needs_no_database_to_say_it(house: House) -> None:
    address = "/registration/conferences/74th/register"
    house.database.close()

    shown = house.parts.web.test_client().get(address, headers=HTML | {"Accept-Language": "fr"})

    with house.parts.web.test_request_context(address):
        assert host_of("74th") == UNDESCRIBED
    assert (shown.status_code >= 500, '<html lang="fr">' in shown.text) == (True, True)


# the other services


def described(**more: Any) -> AssociationDescribed:
    return AssociationDescribed(
        association="lakes",
        name="Clerks of the Lakes",
        postal_address=("12 Foothill Lane",),
        sender_address="office@lakes.example",
        logo=base64.b64encode(picture(size=(40, 10))).decode(),
        **more,
    )


def test_who_pays_sees_whom_they_pay(namespace: Namespace, shared_provider: RunningProvider) -> None:
    with payments_house.house(namespace, shared_provider) as payments:
        order = payments.submit("card")
        payments.database.mongo["conferences"].update_one({}, {"$set": {"association": "lakes"}})
        payments.hear(described())
        token = sign(payments.parts.settings, purpose="order", id_=order)
        page = payments.client.get(f"/payments/pay/{token}", headers=HTML).text

    assert "Clerks of the Lakes · 12 Foothill Lane" in page
    assert "/registration/logos/lakes/" in page


def test_calendars_are_organized_by_the_association_under_the_uids_that_they_had(namespace: Namespace) -> None:
    with scheduling_town.scheduling(namespace) as town:
        published = releases_house.house(town)
        session = published.session("C-31")
        published.release()
        address = f"/conferences/{published.conference}/programme.ics"
        before = town.get(address, desk=None)
        whose = town.service.parts.database.mongo
        whose["conferences"].update_one({"_id": published.conference}, {"$set": {"association": "lakes"}})
        whose[ASSOCIATIONS.name].insert_one(
            {"_id": "lakes", "name": "Clerks of the Lakes", "sender_address": "office@lakes.example", "version": 1}
        )
        after = town.get(address, desk=None, **{"If-None-Match": before.headers["ETag"]})

    (was,), (now,) = (Calendar.from_ical(each.data).events for each in (before, after))
    assert (str(was["UID"]), str(now["UID"])) == (f"{session}@reconvene.example",) * 2
    assert str(was["ORGANIZER"]) == "mailto:office@reconvene.example"
    assert (str(now["ORGANIZER"]), now["ORGANIZER"].params["CN"]) == (
        "mailto:office@lakes.example",
        "Clerks of the Lakes",
    )


def test_letters_and_the_calendars_of_mails_are_the_associations(namespace: Namespace, tmp_path: Path) -> None:
    with notifications_house.town(namespace, tmp_path) as town:
        announced = notifications_house.announced()
        town.hear(announced, described())
        town.database.mongo["conferences"].update_one({}, {"$set": {"association": "lakes"}})
        by_mail, by_letter = notifications_house.person(1), notifications_house.person(2, email=None)
        town.hear(by_mail, by_letter, notifications_house.confirmed(1), notifications_house.confirmed(2))
        town.run_jobs()
        (mail,) = town.mails()
        (letter,) = [each for each in town.messages() if each.recipient == by_letter.person]
        browser = signed_in(town.parts.web, "lakes", Role.REGISTRAR)
        sheet = browser.get(f"/notifications/letters/{letter.id}", headers=HTML).text

    files = [each for each in message_from_bytes(mail.content).walk() if each.get_content_type() == "text/calendar"]
    organizers = {str(event["ORGANIZER"]) for each in files for event in _events(each.get_payload(decode=True))}
    assert organizers == {"mailto:office@lakes.example"}
    assert '<img src="data:image/png;base64,' in sheet


def _events(content: Any) -> Any:
    return Calendar.from_ical(content).events
