"""What the registrant reads: their own amounts, dates with weekday and zone, one link, nothing that breaks a page."""

from dataclasses import replace
from datetime import UTC, date, datetime
from string import Formatter
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from services.notifications.contacts.domain import Contact
from services.notifications.messages.commands import facts_of
from services.notifications.messages.domain import messages
from services.notifications.messages.domain.known import Cancellation, Conference
from services.notifications.messages.domain.messages import Message
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import nothing_told
from services.notifications.messages.domain.words import Words
from services.notifications.messages.jobs.wording import FOLDER, Wording, sentences, written_language
from shared.contracts.scheduling import AgendaItem
from shared.settings import SERVICES, Settings
from shared.web.languages import LANGUAGES

NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)
CHOOSE_UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)
DANA = Contact(
    id="per_1",
    name="Dana Whitfield",
    email="dana@millbrook.example",
    postal_address=("1 Main Street", "Millbrook, MO 63000"),
)
CONFERENCE = Conference(
    id="conf_74",
    title="74th Annual Conference",
    city="St. Louis",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    cancellation=Cancellation(
        run="run_74",
        reason="Travel is not safe this spring.",
        decision="Cancel the 74th; full refund.",
        cancelled_on=date(2020, 4, 9),
        choose_by=date(2020, 4, 30),
        default_choice="refund",
    ),
)
TUESDAY = {"starts": datetime(2020, 5, 19, 13, tzinfo=UTC), "ends": datetime(2020, 5, 19, 14, 15, tzinfo=UTC)}
MONDAY = {
    "starts_before": datetime(2020, 5, 18, 18, 30, tzinfo=UTC),
    "ends_before": datetime(2020, 5, 18, 19, 45, tzinfo=UTC),
}


def item(code: str, title: str, **changed: Any) -> dict[str, Any]:
    """One session of an agenda, as scheduling says it."""
    given: dict[str, Any] = {
        "session": f"ses_{code}",
        "uid": f"ses_{code}@reconvene.example",
        "sequence": 1,
        "code": code,
        "title": title,
        "roles": ("starred",),
        "changes": ("time",),
        "room": "240",
        "room_before": "240",
    }
    said = AgendaItem(**(given | TUESDAY | MONDAY | changed))
    return facts_of(said)


TAKEN_OFF = item(
    "A-07",
    "Records in a crisis",
    roles=("holds_seat", "starred"),
    changes=("cancelled",),
    room="",
    starts=None,
    ends=None,
    reason="The presenter can't come.",
    registration="reg_1",
    paid_minor=9500,
    alternatives=("A-09 Elections under pressure", "A-02 Budgets that hold"),
    choose_until=datetime(2020, 5, 15, 5, tzinfo=UTC),
)
MOVED_IN_TIME = item("C-31", "Minutes that stand up", room_before="Grand B", clashes=("C-12 Open records",))
RECAST = item(
    "C-40",
    "Panel",
    roles=("speaker",),
    changes=("speakers",),
    speakers=("per_7", "per_8"),
    speakers_before=("per_9",),
)
LOST = item("C-50", "Small room", roles=("waits",), changes=("room", "seat_lost"), room_before="Grand A")
LEFT = RECAST | {"changes": ("speakers", "stage_left")}
DIGEST: dict[str, Any] = {
    "agenda": "conf_74:per_1",
    "release": 2,
    "release_name": "After the withdrawal",
    "items": [TAKEN_OFF, MOVED_IN_TIME, RECAST],
    "zone": "",
    "wants_invitations": False,
}
NAMES = {"per_7": "Ngozi Adeyemi", "per_8": "Per Olsen"}
OFFER: dict[str, Any] = {
    "outcome": "offered",
    "tender": "card",
    "currency": "USD",
    "paid_minor": 57500,
    "fee_minor": 7500,
    "refundable_minor": 50000,
    "voided_minor": 0,
    "released_minor": 0,
    "choices": ["refund", "credit", "donate"],
    "default_choice": "refund",
    "choose_until": CHOOSE_UNTIL,
}
VOIDED = {"outcome": "voided", "number": "INV-2020-000412", "voided_minor": 65000, "currency": "USD"}
RELEASED = {"outcome": "released", "released_minor": 57500, "voided_minor": 0, "currency": "USD"}
PAYMENT = {"tender": "cheque", "amount_minor": 57500, "balance_minor": 0, "currency": "USD", "is_late": False}
FAILED = {"amount_minor": 57500, "balance_minor": 57500, "currency": "USD", "is_ended": False}
UNDERWAY = {"outcome": "awaited", "number": "INV-2020-000412", "awaited_minor": 57500, "currency": "USD"}
TENDERS = ("card", "cheque", "transfer", "grant", "purchase_order")
AWAITED = {"tender": "card", "total_minor": 82500, "currency": "USD"}
PLACE = {"tender": "card", "total_minor": 82500, "guest_count": 1, "currency": "USD", "is_paid": True}
CHOICE = {"choice": "credit", "amount_minor": 50000, "currency": "USD"}
CREDIT = {
    "amount_minor": 57500,
    "available_minor": 57500,
    "left_minor": 57500,
    "total_minor": 67000,
    "currency": "USD",
    "since": "2020-04-30",
}
REFUND = {"refund": "ref_1", "rail": "card", "amount_minor": 50000, "currency": "USD", "reference": "re_8812"}
SEAT = {
    "code": "A-02",
    "title": "Budgets that hold",
    "room": "Grand A",
    "starts": datetime(2020, 5, 19, 13, tzinfo=UTC),
    "ends": datetime(2020, 5, 19, 17, tzinfo=UTC),
    "until": datetime(2020, 5, 16, 5, tzinfo=UTC),
}
MOVED = {
    "outcome": "moved",
    "option": "a-07",
    "to_option": "a-09",
    "from_label": "A-07 Records in a crisis",
    "to_label": "A-09 Elections under pressure",
    "amount_minor": 9500,
    "currency": "USD",
}
ENDED = {"outcome": "ended", "product": "a-07", "label": "", "by": "deadline", "amount_minor": 9500, "currency": "USD"}
RENAMED = {"product": "banquet", "from_label": "Banquet", "label": "Banquet on Thursday", "note": "19:00, Ballroom."}
GONE = {
    "outcome": "own",
    "tender": "card",
    "kept_minor": 5000,
    "owed_back_minor": 42500,
    "written_off_minor": 10000,
    "released_minor": 2500,
    "balance_minor": 0,
    "awaited_minor": 30000,
    "currency": "USD",
    "is_over": True,
    "attendee": "per_7",
    "order": "ord_1",
    "registrations": (),
}
GONE_OF_SEVERAL = GONE | {
    "outcome": "order",
    "is_over": False,
    "balance_minor": 12500,
    "registrations": ("reg_1", "reg_2"),
}
PROPOSED = {"title": "Minutes that stand up", "decided_by": "2020-04-20"}
DECIDED = {
    "title": "Minutes that stand up",
    "is_accepted": True,
    "confirm_until": datetime(2020, 4, 21, 5, tzinfo=UTC),
    "remark": "We look forward to it.",
}
SPEAKING = {"title": "Minutes that stand up"}
INVITED = item("C-31", "Minutes that stand up", changes=("room",), room="240", room_before="Grand B") | {
    "agenda": "conf_74:per_1",
    "zone": "",
    "release": 2,
}
ADDED = {
    "order": "ord_1",
    "line": "ord_1:reg_1:1",
    "label": "Academy A-02",
    "product": "a-02",
    "added_minor": 9500,
    "balance_minor": 9500,
    "total_minor": 67000,
    "currency": "USD",
    "number": "INV-2020-000412",
    "tender": "card",
}
NEW: list[tuple[Purpose, dict[str, Any]]] = [
    *((Purpose.LINE_ADDED, ADDED | {"tender": tender}) for tender in TENDERS),
    (Purpose.LINE_ADDED, ADDED | {"registrations": ["reg_1", "reg_2"], "attendee": "per_2"}),
    (Purpose.PROGRAMME_CHANGED, DIGEST),
    (Purpose.PROGRAMME_CHANGED, DIGEST | {"wants_invitations": True, "zone": "Europe/Brussels"}),
    (Purpose.PROGRAMME_CHANGED, DIGEST | {"items": [LOST]}),
    (Purpose.PROGRAMME_CHANGED, DIGEST | {"items": [LEFT]}),
    (Purpose.SESSION_INVITATION, INVITED),
    (Purpose.SEAT_OFFERED, SEAT),
    *((Purpose.PAYMENT_AWAITED, AWAITED | {"tender": tender}) for tender in TENDERS),
    (Purpose.PAYMENT_AWAITED, AWAITED | {"registrations": ["reg_1", "reg_2"], "order": "ord_1"}),
    *((Purpose.REGISTRATION_RECEIVED, AWAITED | {"tender": tender, "number": "INV-2020-000412"}) for tender in TENDERS),
    (Purpose.OPTION_SETTLED, MOVED),
    (Purpose.OPTION_SETTLED, ENDED),
    (Purpose.OPTION_SETTLED, ENDED | {"by": "registrant", "label": "A-07"}),
    (Purpose.OPTION_SETTLED, ENDED | {"by": "unpaid"}),
    (Purpose.OPTION_SETTLED, ENDED | {"by": "desk"}),
    (Purpose.OPTION_SETTLED, ENDED | {"by": "seat"}),
    (Purpose.OPTION_RENAMED, RENAMED),
    (Purpose.OPTION_RENAMED, RENAMED | {"note": ""}),
    *((Purpose.REGISTRATION_ENDED, GONE | {"tender": tender}) for tender in TENDERS),
    (Purpose.REGISTRATION_ENDED, GONE_OF_SEVERAL),
    (Purpose.REGISTRATION_ENDED, GONE_OF_SEVERAL | {"is_over": True, "tender": "transfer"}),
    (Purpose.REGISTRATION_ENDED, {"outcome": "told", "order": "ord_1"}),
    (Purpose.ADDRESS_PROOF, {"change": "adr_1"}),
    (Purpose.ADDRESS_CHANGE_ASKED, {"change": "adr_1"}),
    (Purpose.LINK_ASKED, {"kind": "proof", "about": "ask_1", "asked": "ask_1"}),
    (Purpose.LINK_ASKED, {"kind": "registration", "about": "reg_1", "asked": "ask_1"}),
    *((Purpose.LINK_ASKED, {"kind": kind, "asked": "ask_1"}) for kind in ("agenda", "speaking")),
    (Purpose.PROPOSAL_RECEIVED, PROPOSED),
    (Purpose.PROPOSAL_RECEIVED, PROPOSED | {"decided_by": None}),
    (Purpose.PROPOSAL_DECIDED, DECIDED),
    (Purpose.PROPOSAL_DECIDED, DECIDED | {"confirm_until": None, "remark": ""}),
    (Purpose.PROPOSAL_DECIDED, DECIDED | {"is_accepted": False, "confirm_until": None}),
    (Purpose.SPEAKER_CONFIRMED, SPEAKING),
    (Purpose.SPEAKER_WITHDREW, SPEAKING),
    *((Purpose.CREDIT, CREDIT | {"outcome": outcome}) for outcome in ("issued", "offered", "stated", "paid_out")),
    (Purpose.PAYMENT_RECEIVED, PAYMENT | {"tender": "credit"}),
    (Purpose.REGISTRATION_ENDED, GONE | {"credited_minor": 30000}),
    (Purpose.CONFERENCE_CANCELLED, OFFER | {"credit_minor": 20000}),
    (Purpose.CONFERENCE_CANCELLED, OFFER | {"credit_minor": 50000, "choices": ["credit", "donate"]}),
]
EVERY: list[tuple[Purpose, dict[str, Any]]] = [
    *NEW,
    (Purpose.REGISTRATION_CONFIRMED, PLACE),
    (Purpose.REGISTRATION_CONFIRMED, PLACE | {"is_paid": False, "guest_count": 0}),
    (Purpose.PAYMENT_RECEIVED, PAYMENT),
    (Purpose.PAYMENT_RECEIVED, PAYMENT | {"balance_minor": 7500}),
    (Purpose.PAYMENT_RECEIVED, PAYMENT | {"is_late": True}),
    (Purpose.PAYMENT_FAILED, FAILED),
    (Purpose.PAYMENT_FAILED, FAILED | {"balance_minor": 0}),
    (Purpose.PAYMENT_FAILED, FAILED | {"is_ended": True, "balance_minor": 0}),
    (Purpose.CONFERENCE_CANCELLED, UNDERWAY),
    (Purpose.CONFERENCE_CANCELLED, OFFER | {"awaited_minor": 7500}),
    (Purpose.CONFERENCE_CANCELLED, RELEASED | {"awaited_minor": 7500}),
    (Purpose.CONFERENCE_CANCELLED, OFFER),
    (Purpose.CONFERENCE_CANCELLED, OFFER | {"choices": [], "refundable_minor": 0}),
    (Purpose.CONFERENCE_CANCELLED, VOIDED),
    (Purpose.CONFERENCE_CANCELLED, RELEASED),
    *((Purpose.CHOICE_CONFIRMED, CHOICE | {"choice": choice}) for choice in ("refund", "credit", "donate")),
    *((Purpose.REFUND_SENT, REFUND | {"rail": rail}) for rail in ("card", "cheque", "transfer")),
    *((Purpose.REFUND_FAILED, REFUND | {"rail": rail}) for rail in ("card", "cheque", "transfer")),
    *(
        (purpose, REFUND | {"rail": "card", "paid_by": "debit"})
        for purpose in (Purpose.REFUND_SENT, Purpose.REFUND_FAILED)
    ),
    *((Purpose.PAYEE_NAMED, REFUND | {"payee_version": version}) for version in (1, 2)),
]


@pytest.fixture(scope="module")
def wording() -> Wording:
    given = {"MONGO_URL": "unused", "KAFKA_BOOTSTRAP_SERVERS": "unused", "SECRET_KEY": "of the tests"}
    given["MAIL_FROM"] = "Reconvene <office@reconvene.example>"
    urls = {f"{service.upper()}_URL": "https://reconvene.example" for service in SERVICES}
    return Wording(Settings.from_environment("notifications", given | urls))


def message(purpose: Purpose, facts: dict[str, Any]) -> Message:
    return messages.plan(
        purpose,
        subject="reg_1",
        revision="1",
        recipient="per_1",
        conference="conf_74",
        run="run_74",
        facts=facts,
        now=NOW,
    )


def mail(wording: Wording, purpose: Purpose, facts: dict[str, Any], *, contact: Contact = DANA) -> Words:
    return wording.mail(message(purpose, facts), contact=contact, conference=CONFERENCE, names=NAMES)


def letter(wording: Wording, purpose: Purpose, facts: dict[str, Any]) -> Words:
    return wording.letter(message(purpose, facts), contact=DANA, conference=CONFERENCE, written_on=NOW, names=NAMES)


def test_every_purpose_has_its_words_in_every_language() -> None:
    parts = {(purpose, part) for purpose in Purpose for part in ("subject.txt", "body.txt", "body.html")}

    assert {(purpose, part) for purpose, part in parts if not (FOLDER / purpose / part).is_file()} == set()
    assert {each for each in Purpose for spoken in LANGUAGES if written_language(each, spoken) != spoken} == set()


@pytest.mark.parametrize(("purpose", "facts"), EVERY)
def test_every_message_names_its_reader_its_conference_and_one_link(
    wording: Wording, purpose: Purpose, facts: dict[str, Any]
) -> None:
    written = mail(wording, purpose, facts)

    assert "\n" not in written.subject
    assert "74th Annual Conference" in written.subject
    assert "Dear Dana Whitfield" in written.text
    assert "Dear Dana Whitfield" in written.html
    assert f"\n\n{written.link}\n\n" in written.text, "the link stands on a line of its own"
    others = {part for part in written.text.split() if part.startswith("https://")} - {written.link}
    leads_on = purpose in (Purpose.PROGRAMME_CHANGED, Purpose.REGISTRATION_CONFIRMED)
    assert others == set() or (leads_on and all("/agenda/" in each for each in others))
    assert written.link in written.html
    assert "\n\n\n" not in written.text


@pytest.mark.parametrize(("purpose", "facts"), EVERY)
def test_every_letter_has_an_address_a_date_and_a_code_to_type(
    wording: Wording, purpose: Purpose, facts: dict[str, Any]
) -> None:
    written = letter(wording, purpose, facts)

    code = messages.letter_code("of the tests", message=message(purpose, facts).id)
    for expected in ("Dana Whitfield<br>", "1 Main Street<br>", "Millbrook, MO 63000", "Thursday, April 9, 2020"):
        assert expected in written.html
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in written.html
    assert "https://reconvene.example/notifications/letter" in written.html
    assert written.link in written.html
    assert "answer this mail" not in written.html + written.text
    assert "Write to us, or call us" in written.text


def test_the_digest_says_what_changed_for_whom_in_which_part_and_nothing_else(wording: Wording) -> None:
    written = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST)

    digest = written.text.partition("nothing else:\n\n")[2].partition("\n\nMove, or have")[0]
    assert digest == (
        "YOU SPEAK\n\n"
        "* C-40 Panel\n"
        "  When: Tuesday, May 19, 2020, 8:00 AM to 9:15 AM (Central Time).\n"
        "  Where: 240.\n"
        "  Speakers: now Ngozi Adeyemi and Per Olsen.\n\n"
        "YOU HAVE A SEAT\n\n"
        "* A-07 Records in a crisis\n"
        "  Cancelled. It was to be on Monday, May 18, 2020, 1:30 PM to 2:45 PM (Central Time), in 240.\n"
        "  Why: The presenter can't come.\n"
        "  You paid $95.00 for it.\n"
        "  You can move to one of these, at no cost: A-09 Elections under pressure; A-02 Budgets that hold."
        " Or you have the money back.\n"
        "  Please choose by the end of Thursday, May 14, 2020 (Central Time)."
        " If you say nothing, you get $95.00 back.\n\n"
        "YOU STARRED\n\n"
        "* C-31 Minutes that stand up\n"
        "  Time: it was Monday, May 18, 2020, 1:30 PM to 2:45 PM (Central Time);"
        " it is now Tuesday, May 19, 2020, 8:00 AM to 9:15 AM (Central Time).\n"
        "  Where: 240.\n"
        "  At the same time in your agenda: C-12 Open records."
    )
    assert written.link.startswith("https://reconvene.example/registration/mine/")
    assert written.subject == "3 of your sessions have changed, 1 of them cancelled: 74th Annual Conference"


def test_the_digest_shows_the_reader_s_own_clock_beside_the_venue_s(wording: Wording) -> None:
    text = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST | {"zone": "Europe/Brussels"}).text

    assert "On your own clock: Tuesday, May 19, 2020, 3:00 PM to 4:15 PM (Central European Time)." in text


@pytest.mark.parametrize("zone", ["", "America/Chicago", "America/Winnipeg", "Nowhere/At All"])
def test_a_clock_that_shows_the_same_or_that_nobody_knows_is_not_shown(wording: Wording, zone: str) -> None:
    assert "own clock" not in mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST | {"zone": zone}).text


def test_who_is_replaced_is_named_where_we_know_all_of_them(wording: Wording) -> None:
    names = NAMES | {"per_9": "Ada Whitlock"}

    text = wording.mail(
        message(Purpose.PROGRAMME_CHANGED, DIGEST), contact=DANA, conference=CONFERENCE, names=names
    ).text

    assert "Speakers: it was Ada Whitlock; it is now Ngozi Adeyemi and Per Olsen." in text


def test_a_lost_seat_is_told_with_the_head_of_the_waitlist(wording: Wording) -> None:
    written = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST | {"items": [LOST]})

    assert written.subject == "C-50 Small room has no seat for you any more: 74th Annual Conference"
    assert "there are fewer seats now, and yours is gone" in written.text
    assert "You are at the head of the waitlist" in written.text
    assert "Room: it was Grand A; it is now 240." in written.text


def test_whoever_left_a_stage_is_not_told_that_they_speak(wording: Wording) -> None:
    written = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST | {"items": [LEFT]})

    assert written.subject == "C-40 Panel takes place without you on its stage: 74th Annual Conference"
    assert "YOU WERE TO SPEAK" in written.text
    assert "YOU SPEAK" not in written.text
    assert "You are not on its stage any more." in written.text
    assert "Speakers: now Ngozi Adeyemi and Per Olsen." in written.text


def test_whoever_only_speaks_is_led_to_their_page_as_a_speaker(wording: Wording) -> None:
    speaks = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST | {"items": [RECAST]}).text
    stars_too = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST | {"items": [RECAST, MOVED_IN_TIME]}).text

    assert "/scheduling/speaking/" in speaks
    assert "or say that you can't come" in speaks
    assert "/scheduling/agenda/" in stars_too


def test_a_deadline_at_midnight_is_the_end_of_a_day_and_any_other_a_moment(wording: Wording) -> None:
    midnight = mail(wording, Purpose.SEAT_OFFERED, SEAT).text
    moment = mail(wording, Purpose.SEAT_OFFERED, SEAT | {"until": datetime(2020, 5, 16, 17, 30, tzinfo=UTC)}).text

    assert "We hold it for you by the end of" not in midnight
    assert "We hold it for you until the end of Friday, May 15, 2020 (Central Time)." in midnight
    assert "We hold it for you until Saturday, May 16, 2020, 12:30 PM (Central Time)." in moment


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fr",
            [
                "Bonjour Dana Whitfield,",
                "était lundi 18 mai 2020, 13:30 à 14:45",
                "est maintenant mardi 19 mai 2020, 08:00 à 09:15",
                "avez payée 95,00 $US.",
                "avant la fin du jeudi 14 mai 2020",
                "Ngozi Adeyemi et Per Olsen",
            ],
        ),
        (
            "nl",
            [
                "Beste Dana Whitfield,",
                "het was maandag 18 mei 2020, 13:30 tot 14:45",
                "het is nu dinsdag 19 mei 2020, 08:00 tot 09:15",
                "U hebt er US$ 95,00 voor betaald.",
                "voor het einde van donderdag 14 mei 2020",
                "Ngozi Adeyemi en Per Olsen",
            ],
        ),
    ],
)
def test_the_digest_is_written_in_the_reader_s_language_days_and_amounts_too(
    wording: Wording, language: str, expected: list[str]
) -> None:
    written = mail(wording, Purpose.PROGRAMME_CHANGED, DIGEST, contact=replace(DANA, language=language))

    text = written.text.replace("\N{NO-BREAK SPACE}", " ")
    assert [each for each in expected if each not in text] == []
    assert f'<html lang="{language}">' in written.html


@pytest.mark.parametrize("language", ["fr", "nl"])
@pytest.mark.parametrize(("purpose", "facts"), EVERY)
def test_every_message_has_the_same_facts_in_each_language(
    wording: Wording, purpose: Purpose, facts: dict[str, Any], language: str
) -> None:
    reader = replace(DANA, language=language)
    english, other = mail(wording, purpose, facts), mail(wording, purpose, facts, contact=reader)

    link, _, chosen = other.link.partition("?")
    assert link == english.link
    assert chosen == ("" if "/registration/" in link else f"lang={language}")
    assert other.text != english.text
    assert "\n\n\n" not in other.text
    for word in ("Dear", "With kind regards", "Please", " is now ", " you ", "Your "):
        assert word not in other.text + other.html


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_sentences_speak_of_the_same_in_every_language(language: str) -> None:
    folders = [FOLDER, *(each for each in FOLDER.iterdir() if (each / "words.en.toml").is_file())]

    for folder in folders:
        english, other = sentences(folder, "en"), sentences(folder, language)
        assert {name: fields(text) for name, text in other.items()} == {
            name: fields(text) for name, text in english.items()
        }, folder.name


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_a_registrant_who_was_to_speak_reads_of_both_in_one_message(wording: Wording) -> None:
    told = replace(nothing_told("conf_74", "per_1"), is_speaker=True, speaks=("Minutes that stand up",))

    written = wording.mail(message(Purpose.CONFERENCE_CANCELLED, OFFER), contact=DANA, conference=CONFERENCE, told=told)

    assert "* Minutes that stand up\n\nThis session can't take place now." in written.text
    assert "Yours to decide about: $500.00" in written.text
    assert "later conference: just answer this mail" in written.html


@pytest.mark.parametrize("titles", [(), ("Panel",), ("Panel", "Minutes")])
def test_a_speaker_without_a_registration_reads_nothing_of_money(wording: Wording, titles: tuple[str, ...]) -> None:
    told = replace(nothing_told("conf_74", "per_1"), is_speaker=True, speaks=titles)
    planned = replace(message(Purpose.CONFERENCE_CANCELLED, {"outcome": "speaker"}), subject="conf_74")

    written = wording.mail(planned, contact=DANA, conference=CONFERENCE, told=told)

    assert written.subject == "74th Annual Conference is cancelled: your session can't take place"
    assert written.link == "https://reconvene.example/scheduling/conferences/conf_74/page"
    assert "will not take place." in written.text
    assert "Travel is not safe this spring." in written.text
    assert [word for word in ("money", "MONEY", "registration", "Points", "choose") if word in written.text] == []
    assert "\n\n\n" not in written.text


def test_the_cancellation_tells_why_the_own_amounts_the_choices_and_the_deadline(wording: Wording) -> None:
    text = mail(wording, Purpose.CONFERENCE_CANCELLED, OFFER).text

    for expected in (
        "Travel is not safe this spring.",
        "You paid: $575.00",
        "Kept under the terms you registered with: $75.00",
        "Yours to decide about: $500.00",
        "* Refund. $500.00 goes back to the card you paid with.",
        "* Credit. We keep $500.00",
        "* Donation. $500.00",
        "by the end of Thursday, April 30, 2020 (Central Time). If we hear nothing from you by then, we refund it.",
        "please cancel what you booked yourself",
        "Sunday, May 17, 2020 to Wednesday, May 20, 2020",
    ):
        assert expected in text


def test_a_cancellation_before_the_first_day_says_nothing_of_points_or_of_a_hotel_s_block(wording: Wording) -> None:
    for facts in (OFFER, VOIDED, RELEASED, {"outcome": "speaker"}):
        written = mail(wording, Purpose.CONFERENCE_CANCELLED, facts)
        for words in (written.text, written.html):
            assert "oints" not in words
            assert "block" not in words.partition("<body>")[2] + words.partition("GOOD TO KNOW")[2]
            assert "carried over" not in words
            assert "will not take place" in words


def test_a_conference_that_has_begun_is_cancelled_from_now_on_and_held_sessions_count(wording: Wording) -> None:
    assert CONFERENCE.cancellation is not None
    on_its_second_day = replace(CONFERENCE.cancellation, cancelled_on=date(2020, 5, 18))
    begun = replace(CONFERENCE, cancellation=on_its_second_day)
    told = replace(nothing_told("conf_74", "per_1"), is_speaker=True, speaks=("Minutes that stand up",))

    to_registrant = wording.mail(message(Purpose.CONFERENCE_CANCELLED, OFFER), contact=DANA, conference=begun)
    to_speaker = wording.mail(
        replace(message(Purpose.CONFERENCE_CANCELLED, {"outcome": "speaker"}), subject="conf_74"),
        contact=DANA,
        conference=begun,
        told=told,
    )

    expected = "is cancelled from now on: what has not taken place yet will not take place"
    for words in (to_registrant.text, to_registrant.html):
        assert f"{expected}, and your registration has ended." in words
        assert "sessions that were held count, and what you earned in them stays yours" in words
    assert "What of this has not taken place yet can't take place now." in to_speaker.text
    assert to_speaker.subject == "74th Annual Conference is cancelled: what it means for your part"


def test_nothing_is_said_of_a_document_that_does_not_exist(wording: Wording) -> None:
    on_purchase_order = mail(wording, Purpose.REGISTRATION_CONFIRMED, PLACE | {"is_paid": False})
    part = mail(wording, Purpose.PAYMENT_RECEIVED, PAYMENT | {"balance_minor": 7500})

    assert "$825.00 is still to be paid by whoever issued it" in on_purchase_order.text
    assert "invoice goes" not in on_purchase_order.text
    assert "as it says on your invoice" not in part.text


def test_a_declined_proposal_claims_nothing_of_other_proposals(wording: Wording) -> None:
    for language in ("en", "fr", "nl"):
        contact = replace(DANA, language=language)
        facts = DECIDED | {"is_accepted": False, "confirm_until": None}
        text = mail(wording, Purpose.PROPOSAL_DECIDED, facts, contact=contact).text
        assert [word for word in ("more good", "plus de bonnes", "meer goede") if word in text] == []


def test_whoever_registers_reads_the_sum_the_number_and_how_and_where_to_pay(wording: Wording) -> None:
    facts = AWAITED | {"number": "INV-2020-000412"}
    given = dict(wording.settings.environment) | {"CHEQUES_TO": "Congress of Clerks | 5 Lake Street| Chicago, IL 60601"}
    with_address = Wording(Settings.from_environment("notifications", given))

    cheque = mail(wording, Purpose.REGISTRATION_RECEIVED, facts | {"tender": "cheque"})
    addressed = mail(with_address, Purpose.REGISTRATION_RECEIVED, facts | {"tender": "cheque"})
    card = mail(wording, Purpose.REGISTRATION_RECEIVED, facts)

    assert "To be paid: $825.00\n  Invoice number: INV-2020-000412" in cheque.text
    assert "send a cheque for $825.00 and write INV-2020-000412 on its back" in cheque.text
    assert "know where to send it, just answer this mail." in cheque.text
    assert (
        "Make it out and send it to:\n\n  Congress of Clerks\n  5 Lake Street\n  Chicago, IL 60601\n" in addressed.text
    )
    assert "Congress of Clerks<br>5 Lake Street<br>Chicago, IL 60601" in addressed.html
    assert "Pay, and see your registration" in card.text
    assert "answer this mail" not in card.text.partition("With kind regards")[0]


def test_a_void_invoice_and_a_released_grant_ask_for_no_choice(wording: Wording) -> None:
    invoice = mail(wording, Purpose.CONFERENCE_CANCELLED, VOIDED).text
    grant = mail(wording, Purpose.CONFERENCE_CANCELLED, RELEASED).text

    assert "Your invoice INV-2020-000412 for $650.00 is void. You owe nothing" in invoice
    assert "$575.00 of your grant has gone back to its fund." in grant
    assert "choose" not in invoice + grant
    assert "CHOICES" not in invoice + grant


def test_who_has_to_pay_reads_how_much_and_is_led_to_their_registration(wording: Wording) -> None:
    by_card = mail(wording, Purpose.PAYMENT_AWAITED, AWAITED)
    by_grant = mail(wording, Purpose.PAYMENT_AWAITED, AWAITED | {"tender": "grant"})

    assert by_card.link.startswith("https://reconvene.example/registration/mine/")
    assert "You are confirmed as soon as $825.00 is paid by card." in by_card.text
    assert "If you have paid meanwhile, or the money is on its way, there is nothing more to do" in by_card.text
    assert by_grant.subject == "Your registration waits for your grant: 74th Annual Conference"
    assert "There is nothing for you to pay." in by_grant.text


def test_late_money_goes_back_by_itself(wording: Wording) -> None:
    late = mail(wording, Purpose.PAYMENT_RECEIVED, PAYMENT | {"is_late": True})

    assert "goes back to you" in late.subject
    assert "It goes back to you by itself." in late.text
    assert "Still to pay" not in late.text


def test_a_payment_that_failed_later_says_what_was_not_taken_and_what_is_owed(wording: Wording) -> None:
    open_, ended = (mail(wording, Purpose.PAYMENT_FAILED, FAILED | {"is_ended": each}) for each in (False, True))

    assert "Nothing was taken from your account." in open_.text
    assert "$575.00 is still to be paid." in open_.text
    assert "you owe nothing" in ended.text
    assert "still to be paid" not in ended.text


def test_a_failed_refund_asks_for_an_address_on_the_payee_s_own_page(wording: Wording) -> None:
    failed = mail(wording, Purpose.REFUND_FAILED, REFUND)

    assert failed.link.startswith("https://reconvene.example/payments/payee/")
    assert "We send it by cheque instead." in failed.text


def test_what_people_typed_is_escaped_in_html_and_can_not_break_a_header(wording: Wording) -> None:
    mallory = replace(DANA, name="<script>alert(1)</script>\r\nBcc: all@example.org")

    written = mail(wording, Purpose.CONFERENCE_CANCELLED, OFFER, contact=mallory)

    assert "<script>" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "\r" not in written.subject + written.text


def test_a_language_without_words_is_written_in_english(wording: Wording) -> None:
    german = mail(wording, Purpose.REFUND_SENT, REFUND, contact=replace(DANA, language="de"))

    assert german.text == mail(wording, Purpose.REFUND_SENT, REFUND).text


@pytest.mark.parametrize(
    ("purpose", "rail", "debit", "card"),
    [
        (
            Purpose.REFUND_SENT,
            "card",
            "gone back to your bank account.",
            "gone back to the card you paid with.",
        ),
        (
            Purpose.REFUND_FAILED,
            "card",
            "could not be paid back to your bank account",
            "could not be paid back to your card",
        ),
        (Purpose.REFUND_FAILED, "dispute", "disputed at your bank.", "disputed at your card"),
    ],
)
def test_a_refund_of_a_bank_payment_never_says_that_a_card_had_paid(
    wording: Wording, purpose: Purpose, rail: str, debit: str, card: str
) -> None:
    by_bank = mail(wording, purpose, REFUND | {"rail": rail, "paid_by": "debit"})
    by_card = mail(wording, purpose, REFUND | {"rail": rail, "paid_by": "card"})
    before = mail(wording, purpose, REFUND | {"rail": rail})  # as it was said before `paid_by` was

    for written in (by_bank.text, by_bank.html):
        assert debit in written
        assert "card" not in written.replace("We never ask for your card or account number", "")
    assert card in by_card.text
    assert before.text == by_card.text


def test_a_holder_reads_what_a_credit_is_good_for_and_that_it_never_lapses(wording: Wording) -> None:
    said = {
        outcome: mail(wording, Purpose.CREDIT, CREDIT | {"outcome": outcome})
        for outcome in ("issued", "offered", "stated")
    }

    assert "We keep $575.00 for you" in said["issued"].text
    assert all("It never lapses" in said[outcome].text for outcome in ("issued", "stated"))
    assert "$670.00 is to be paid, and you have a credit of $575.00 with us" in said["offered"].text
    assert "$575.00 is left, since Thursday, April 30, 2020" in said["stated"].text
    assert all("/payments/credit/" in each.link for each in said.values())


def test_who_paid_with_a_credit_reads_what_becomes_of_that_part(wording: Wording) -> None:
    part = mail(wording, Purpose.CONFERENCE_CANCELLED, OFFER | {"credit_minor": 20000}).text
    all_of_it = mail(
        wording, Purpose.CONFERENCE_CANCELLED, OFFER | {"credit_minor": 50000, "choices": ["credit", "donate"]}
    ).text

    assert "$200.00 of this was paid with a credit. If you choose a refund, that part becomes your credit again" in part
    assert "All of this was paid with a credit, so it is your credit again unless you give it" in all_of_it
    assert "* Refund." not in all_of_it


def test_a_desk_has_a_name_for_every_purpose() -> None:
    folder = FOLDER.parents[1] / "delivery" / "templates"
    templates = Environment(loader=FileSystemLoader(folder), autoescape=True)
    names: Any = templates.get_template("delivery/words.html").module

    named = {each: str(names.purpose(each.value)).strip() for each in Purpose}

    assert [each for each, name in named.items() if name == each.value or not name] == []
    assert len(set(named.values())) == len(Purpose)
