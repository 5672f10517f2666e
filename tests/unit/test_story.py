"""A story that can be is read as it is written; one that can't be is refused, with the place and the reason."""

import os
from datetime import date
from pathlib import Path

import pytest

from deploy.acceptance.story import Group, Story, StoryRefused, Tender, TenderCounts, load_story, plan

STORIES = Path(__file__).parents[2] / "deploy" / "stories"

CONFERENCE = """
[conference]
key = "spring"
title = "Spring Conference"
city = "Lakeview"
starts = 2020-05-17
ends = 2020-05-20
zone = "America/Chicago"
currency = "USD"
cancelled_on = 2020-04-09
choose_by = 2020-04-30
"""
CARDS = """
[[registrations]]
count = 10
tender = "card"
price_minor = 57500
guests = 4
guest_price_minor = 25000
without_email = 2
"""
GRANTS = """
[[registrations]]
count = 3
tender = "grant"
price_minor = 57500
"""
WHOLE = CONFERENCE + CARDS + GRANTS


def written(folder: Path, text: str) -> Path:
    path = folder / "story.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Story:
    return load_story(written(folder, text))


def refused(folder: Path, text: str) -> StoryRefused:
    with pytest.raises(StoryRefused) as refusal:
        read(folder, text)
    return refusal.value


def in_currency(code: str) -> str:
    return WHOLE.replace('"USD"', f'"{code}"')


def test_a_whole_story_is_read_as_written(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        WHOLE
        + "[terms]\norganiser_cancels_fee_minor = 7500\n[choices.credit]\ncard = 2\n"
        + "[choices.donate]\ncard = 1\n[faults]\ncards_refusing_refund = 3\n",
    )

    assert story == Story(
        key="spring",
        title="Spring Conference",
        city="Lakeview",
        starts=date(2020, 5, 17),
        ends=date(2020, 5, 20),
        zone="America/Chicago",
        currency="USD",
        cancelled_on=date(2020, 4, 9),
        choose_by=date(2020, 4, 30),
        organiser_cancels_fee_minor=7500,
        groups=(
            Group(tender=Tender.CARD, count=10, price_minor=57500, guests=4, guest_price_minor=25000, without_email=2),
            Group(tender=Tender.GRANT, count=3, price_minor=57500, guests=0, guest_price_minor=0, without_email=0),
        ),
        credit=TenderCounts(card=2),
        donate=TenderCounts(card=1),
        cards_refusing_refund=3,
    )
    assert (story.bought_on, story.registration_count) == (date(2020, 3, 10), 13)


def test_what_is_left_out_is_zero_and_the_zone_is_utc(tmp_path: Path) -> None:
    short = CONFERENCE.replace('zone = "America/Chicago"\n', "")

    story = read(tmp_path, short + '[[registrations]]\ncount = 1\ntender = "cheque"\nprice_minor = 100\n')

    assert story.zone == "UTC"
    assert story.groups == (
        Group(tender=Tender.CHEQUE, count=1, price_minor=100, guests=0, guest_price_minor=0, without_email=0),
    )
    assert (story.organiser_cancels_fee_minor, story.cards_refusing_refund) == (0, 0)
    assert (story.credit, story.donate) == (TenderCounts(), TenderCounts())


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.toml")), ids=lambda path: path.name)
def test_every_story_of_the_demo_can_be(path: Path) -> None:
    story = load_story(path)

    assert story.key == path.stem
    assert len(plan(story)) == story.registration_count


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("[conference]", "surprise = 1\n[conference]", "line 2, surprise", "'surprise' is not known here."),
        ("[conference]", "[conferenze]", "line 2, conferenze", "'conferenze' is not known here."),
        ('city = "', 'town = "a"\ncity = "', "line 5, [conference], town", "'town' is not known here."),
        ("count = 10", "counts = 10", "line 14, [[registrations]] number 1, counts", "'counts' is not known here."),
        ('key = "spring"\n', "", "line 2, [conference], key", "the key is missing."),
        ('title = "Spring Conference"\n', "", "line 2, [conference], title", "the key is missing."),
        ('city = "Lakeview"\n', "", "line 2, [conference], city", "the key is missing."),
        ("starts = 2020-05-17\n", "", "line 2, [conference], starts", "the key is missing."),
        ("ends = 2020-05-20\n", "", "line 2, [conference], ends", "the key is missing."),
        ('currency = "USD"\n', "", "line 2, [conference], currency", "the key is missing."),
        ("cancelled_on = 2020-04-09\n", "", "line 2, [conference], cancelled_on", "the key is missing."),
        ("choose_by = 2020-04-30\n", "", "line 2, [conference], choose_by", "the key is missing."),
        ('tender = "grant"\n', "", "line 21, [[registrations]] number 2, tender", "the key is missing."),
        (
            'tender = "grant"',
            'tender = "barter"',
            "line 23, [[registrations]] number 2, tender",
            "'barter' is not a tender.",
        ),
        ('tender = "grant"', "tender = 1", "line 23, [[registrations]] number 2, tender", "1 is not a tender."),
        ('"spring"', '"spring 74"', "line 3, [conference], key", "'spring 74' can't name a conference."),
        ('"spring"', '"Spring"', "line 3, [conference], key", "'Spring' can't name a conference."),
        ('"spring"', '"spring_74"', "line 3, [conference], key", "'spring_74' can't name a conference."),
        ('"spring"', f'"{"s" * 33}"', "line 3, [conference], key", f"'{'s' * 33}' can't name a conference."),
        ('"spring"', '"-"', "line 3, [conference], key", "'-' can't name a conference."),
        ('"Lakeview"', '" "', "line 5, [conference], city", "this must be a line of words."),
        ('"Lakeview"', "7", "line 5, [conference], city", "this must be a line of words."),
        ('"Lakeview"', '"a\\nb"', "line 5, [conference], city", "this must be a line of words."),
        ('"USD"', '"usd"', "line 9, [conference], currency", "'usd' is not an ISO 4217 code."),
        ('"USD"', '"QQQ"', "line 9, [conference], currency", "'QQQ' is not an ISO 4217 code."),
        ('"USD"', '"XAU"', "line 9, [conference], currency", "amounts in XAU can't be kept here."),
        ('"USD"', '"CLF"', "line 9, [conference], currency", "amounts in CLF can't be kept here."),
        ('"America/Chicago"', '"Chicago"', "line 8, [conference], zone", "'Chicago' is not a time zone."),
        ('"America/Chicago"', '"America"', "line 8, [conference], zone", "'America' is not a time zone."),
        ('"America/Chicago"', '"localtime"', "line 8, [conference], zone", "'localtime' is not a time zone."),
        ('"America/Chicago"', '"Factory"', "line 8, [conference], zone", "'Factory' is not a time zone."),
        ('"America/Chicago"', '"posixrules"', "line 8, [conference], zone", "'posixrules' is not a time zone."),
        ('"America/Chicago"', '"right/UTC"', "line 8, [conference], zone", "'right/UTC' is not a time zone."),
        ('"America/Chicago"', '"../UTC"', "line 8, [conference], zone", "'../UTC' is not a time zone."),
        ("2020-05-17", '"2020-05-17"', "line 6, [conference], starts", "2020-05-17 is not a day."),
        ("2020-05-17", "2020-05-17T09:00:00", "line 6, [conference], starts", "2020-05-17 09:00:00 is not a day."),
        ("2020-05-17", "0001-01-01", "line 6, [conference], starts", "0001-01-01 can't be reached."),
        (
            "ends = 2020-05-20",
            "ends = 2020-05-16",
            "line 7, [conference], ends",
            "the conference ends on 2020-05-16, before it starts on 2020-05-17.",
        ),
        (
            "choose_by = 2020-04-30",
            "choose_by = 2020-04-08",
            "line 11, [conference], choose_by",
            "the choices end on 2020-04-08, before the cancellation on 2020-04-09.",
        ),
        (
            "choose_by = 2020-04-30",
            "choose_by = 2020-10-07",
            "line 11, [conference], choose_by",
            "the choices end on 2020-10-07, more than 180 days after the cancellation.",
        ),
        (
            'tender = "grant"\nprice_minor = 57500',
            'tender = "grant"\nprice_minor = 1000000000001',
            "line 24, [[registrations]] number 2, price_minor",
            "1000000000001 minor units are more than registration takes for one thing.",
        ),
        (
            "guest_price_minor = 25000",
            "guest_price_minor = 1000000000001",
            "line 18, [[registrations]] number 1, guest_price_minor",
            "1000000000001 minor units are more than registration takes for one thing.",
        ),
        (
            "cancelled_on = 2020-04-09\nchoose_by = 2020-04-30",
            "cancelled_on = 2020-05-21\nchoose_by = 2020-05-30",
            "line 10, [conference], cancelled_on",
            "the conference is over on 2020-05-20 and can't be cancelled on 2020-05-21.",
        ),
        ("count = 10", "count = -1", "line 14, [[registrations]] number 1, count", "-1 is below zero."),
        ("count = 10", "count = 10.0", "line 14, [[registrations]] number 1, count", "10.0 is not a whole number."),
        ("count = 10", "count = true", "line 14, [[registrations]] number 1, count", "True is not a whole number."),
        ("count = 10", 'count = "10"', "line 14, [[registrations]] number 1, count", "'10' is not a whole number."),
        ("guests = 4", "guests = -4", "line 17, [[registrations]] number 1, guests", "-4 is below zero."),
        (
            "price_minor = 57500\n\n",
            "\n\n",
            "line 21, [[registrations]] number 2, price_minor",
            "a registration here has no price.",
        ),
        (
            "guests = 4",
            "guests = 11",
            "line 17, [[registrations]] number 1, guests",
            "there are 11 guests and only 10 registrations in this group.",
        ),
        (
            "without_email = 2",
            "without_email = 11",
            "line 19, [[registrations]] number 1, without_email",
            "there are 11 letters and only 10 registrations in this group.",
        ),
        (
            "count = 3",
            "count = 1000000",
            "line 13, [[registrations]]",
            "1000010 registrations are more than one machine can hold.",
        ),
        (
            'count = 3\ntender = "grant"\nprice_minor = 57500',
            'count = 10000\ntender = "grant"\nprice_minor = 1000000000000',
            "line 13, [[registrations]]",
            "10000000000675000 minor units in all are more than the books can count.",
        ),
        (
            'tender = "card"\nprice_minor = 57500',
            'tender = "card"\nprice_minor = 100000000',
            "line 16, [[registrations]] number 1, price_minor",
            "the card provider would refuse a charge of 100000000. The amount must be no more than 99999999.",
        ),
        (
            'tender = "card"\nprice_minor = 57500',
            'tender = "card"\nprice_minor = 49',
            "line 16, [[registrations]] number 1, price_minor",
            (
                "the card provider would refuse a charge of 49."
                " The amount must be at least 50 in the smallest unit of USD."
            ),
        ),
    ],
)
def test_a_story_that_cannot_be_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, place: str, reason: str
) -> None:
    text = WHOLE + "\n"
    assert old in text

    refusal = refused(tmp_path, text.replace(old, new, 1) if "\n\n" not in old else _without_last(text, old, new))

    assert (refusal.place, refusal.reason) == (f"{tmp_path / 'story.toml'}, {place}", reason)
    assert str(refusal) == f"{refusal.place}: {reason} Nothing was started. {refusal.remedy}"


def _without_last(text: str, old: str, new: str) -> str:
    start = text.rindex(old)
    return text[:start] + new + text[start + len(old) :]


@pytest.mark.parametrize(
    ("more", "place", "reason"),
    [
        ("[terms]\nfee = 1", "line 26, [terms], fee", "'fee' is not known here."),
        ("[faults]\ncards = 1", "line 26, [faults], cards", "'cards' is not known here."),
        ("[choices.keep]\ncard = 1", "line 25, [choices], keep", "'keep' is not known here."),
        ("[choices.credit]\ncash = 1", "line 26, [choices.credit], cash", "'cash' is not known here."),
        ("[choices]\ncredit = 3", "line 26, [choices], credit", "this must be a table."),
        ("[[terms]]", "line 25, terms", "this must be a table."),
        (
            "[choices.credit]\ngrant = 1",
            "line 26, [choices.credit], grant",
            "grants and open purchase orders have no money of their own to choose about.",
        ),
        (
            "[choices.donate]\npurchase_order = 1",
            "line 26, [choices.donate], purchase_order",
            "grants and open purchase orders have no money of their own to choose about.",
        ),
        (
            "[choices.credit]\ncard = 7",
            "line 26, [choices.credit], card",
            "7 are to choose credit, and 6 people who paid by card and brought no guest are left for it.",
        ),
        (
            "[choices.credit]\ncard = 4\n[choices.donate]\ncard = 3",
            "line 28, [choices.donate], card",
            "3 are to choose donate, and 2 people who paid by card and brought no guest are left for it.",
        ),
        (
            "[choices.donate]\ncheque = 1",
            "line 26, [choices.donate], cheque",
            "1 are to choose donate, and 0 people who paid by cheque and brought no guest are left for it.",
        ),
        ("[choices.donate]\ncard = -1", "line 26, [choices.donate], card", "-1 is below zero."),
        (
            "[choices.credit]\ncard = 2\n[choices.donate]\ncard = 1\n[faults]\ncards_refusing_refund = 4",
            "line 30, [faults], cards_refusing_refund",
            "4 card refunds are to fail, and 3 people who paid by card and brought no guest get a refund.",
        ),
        (
            "[terms]\norganiser_cancels_fee_minor = 57501",
            "line 26, [terms], organiser_cancels_fee_minor",
            "the fee of 57501 is above the price of 57500 in [[registrations]] number 1.",
        ),
        (
            "[terms]\norganiser_cancels_fee_minor = -1",
            "line 26, [terms], organiser_cancels_fee_minor",
            "-1 is below zero.",
        ),
    ],
)
def test_terms_choices_and_faults_that_do_not_fit_the_people_are_refused(
    tmp_path: Path, more: str, place: str, reason: str
) -> None:
    refusal = refused(tmp_path, WHOLE + more + "\n")

    assert (refusal.place, refusal.reason) == (f"{tmp_path / 'story.toml'}, {place}", reason)


def test_choices_and_failing_cards_may_take_everyone_who_is_there(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        WHOLE + "[terms]\norganiser_cancels_fee_minor = 57499\n[choices]\ncredit = { card = 3, grant = 0 }\n"
        "donate = { card = 1 }\n[faults]\ncards_refusing_refund = 2\n",
    )

    assert (story.credit.card, story.donate.card, story.cards_refusing_refund) == (3, 1, 2)


def test_a_card_cannot_refuse_a_refund_that_the_fee_has_taken(tmp_path: Path) -> None:
    dearer = CARDS.replace("57500", "60000").replace("guests = 4", "guests = 8")
    terms = "[terms]\norganiser_cancels_fee_minor = 57500\n[choices.credit]\ncard = 5\n"
    text = CONFERENCE + CARDS + dearer + terms + "[faults]\ncards_refusing_refund = "

    story = read(tmp_path, text + "2\n")
    refusal = refused(tmp_path, text + "3\n")

    assert [each.price_minor for each in plan(story) if each.refund_fails] == [60000, 60000]
    assert refusal.reason == (
        "3 card refunds are to fail, and 2 people who paid by card and brought no guest get a refund."
    )


def test_a_fee_beyond_what_registration_takes_is_refused_even_where_nobody_pays_it(tmp_path: Path) -> None:
    refusal = refused(tmp_path, CONFERENCE + GRANTS + "[terms]\norganiser_cancels_fee_minor = 1000000000001\n")

    assert refusal.reason == "1000000000001 minor units are more than registration takes for one thing."


def test_the_last_day_for_choosing_may_be_180_days_after_the_cancellation(tmp_path: Path) -> None:
    story = read(tmp_path, WHOLE.replace("choose_by = 2020-04-30", "choose_by = 2020-10-06"))

    assert (story.choose_by - story.cancelled_on).days == 180


def test_fifty_prices_fit_into_a_fee_table_and_one_more_is_refused(tmp_path: Path) -> None:
    fifty = "".join(GRANTS.replace("57500", str(100 + number)) for number in range(50))
    again = GRANTS.replace("57500", "100")

    story = read(tmp_path, CONFERENCE + fifty + again)
    refusal = refused(tmp_path, CONFERENCE + fifty + GRANTS)

    assert len(story.groups) == 51
    assert refusal.reason == "51 different prices are more than a fee table holds."


@pytest.mark.parametrize("tender", ["grant", "purchase_order"])
def test_a_fee_above_what_others_pay_for_somebody_is_refused_as_the_fee_table_would(
    tmp_path: Path, tender: str
) -> None:
    cheap = GRANTS.replace("57500", "5000").replace("grant", tender)
    fee = "[terms]\norganiser_cancels_fee_minor = "

    refusal = refused(tmp_path, CONFERENCE + CARDS + cheap + f"{fee}5001\n")

    assert refusal.reason == "the fee of 5001 is above the price of 5000 in [[registrations]] number 2."
    assert read(tmp_path, CONFERENCE + CARDS + cheap + f"{fee}5000\n").organiser_cancels_fee_minor == 5000


@pytest.mark.parametrize("groups", ["", '[[registrations]]\ntender = "card"\n'], ids=["no group", "a group of nobody"])
def test_a_conference_without_registrations_is_refused(tmp_path: Path, groups: str) -> None:
    assert refused(tmp_path, CONFERENCE + groups).reason == "nobody registered, so there is nothing to cancel."


def test_registrations_as_one_table_are_refused(tmp_path: Path) -> None:
    refusal = refused(tmp_path, CONFERENCE + '[registrations]\ncount = 1\ntender = "card"\n')

    assert refusal.reason == "this must be a list of groups."
    assert "[[registrations]]" in refusal.remedy


def test_a_story_without_a_conference_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, CARDS).reason == "the table is missing."


@pytest.mark.parametrize("code", ["BHD", "JOD", "KWD", "OMR", "TND"])
@pytest.mark.parametrize(
    ("old", "new", "place", "amount"),
    [
        (
            "price_minor = 57500\nguests",
            "price_minor = 57505\nguests",
            "line 16, [[registrations]] number 1, price_minor",
            57505,
        ),
        (
            "guest_price_minor = 25000",
            "guest_price_minor = 25001",
            "line 18, [[registrations]] number 1, guest_price_minor",
            25001,
        ),
        (
            "without_email = 2\n",
            "without_email = 2\n[terms]\norganiser_cancels_fee_minor = 7509\n",
            "line 21, [terms], organiser_cancels_fee_minor",
            7509,
        ),
    ],
    ids=["price", "guest", "fee"],
)
def test_of_three_decimals_the_card_provider_keeps_two(
    tmp_path: Path, code: str, old: str, new: str, place: str, amount: int
) -> None:
    refusal = refused(tmp_path, in_currency(code).replace(old, new, 1))

    assert refusal.place == f"{tmp_path / 'story.toml'}, {place}"
    assert refusal.reason == (f"the card provider would round {amount}: it takes {code} in steps of 10 minor units.")
    assert refusal.remedy == f"Use {amount // 10 * 10} or {amount // 10 * 10 + 10}."


def test_an_ariary_is_charged_whole_although_the_standard_gives_it_decimals(tmp_path: Path) -> None:
    refusal = refused(tmp_path, in_currency("MGA").replace("price_minor = 57500", "price_minor = 57550", 1))

    assert refusal.reason == "the card provider would round 57550: it takes MGA in steps of 100 minor units."


@pytest.mark.parametrize("code", ["USD", "EUR", "JPY", "KRW", "ISK", "UGX", "MGA", "KWD", "TND"])
def test_amounts_that_need_no_rounding_can_be(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, in_currency(code)).currency == code


def test_an_amount_that_never_reaches_a_card_may_have_three_decimals(tmp_path: Path) -> None:
    text = in_currency("KWD").replace('"card"', '"transfer"').replace("57500", "57505")

    assert read(tmp_path, text + "[terms]\norganiser_cancels_fee_minor = 1\n").groups[0].price_minor == 57505


def test_kronur_are_stated_a_hundredfold_to_the_provider_and_have_its_limit(tmp_path: Path) -> None:
    text = in_currency("ISK")

    assert read(tmp_path, text.replace("57500", "974999", 1)).currency == "ISK"
    refusal = refused(tmp_path, text.replace("57500", "975000", 1))

    assert refusal.reason == (
        "the card provider would refuse a charge of 1000000. The amount must be no more than 99999999."
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[conference", "this is not TOML: "),
        (b'[conference]\nkey = "a"\nkey = "b"\n', "this is not TOML: "),
        (b"a = " + b"[" * 5000, "this is not TOML: "),
        (b"title = \xff", "this is not text in UTF-8."),
        (b"#" * (1024 * 1024 + 1), "this file is larger than 1 MiB, and a story is a page."),
    ],
    ids=["torn", "a key twice", "too deep", "not text", "too large"],
)
def test_a_file_that_is_no_story_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "story.toml"
    path.write_bytes(content)

    with pytest.raises(StoryRefused) as refusal:
        load_story(path)

    assert refusal.value.place == str(path)
    assert refusal.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("none.toml", "there is no such file."),
        (".", "this is a folder, not a story."),
        ("/dev/zero", "this is not a file that can be read to its end."),
    ],
)
def test_a_missing_file_a_folder_and_a_device_are_refused(tmp_path: Path, path: str, reason: str) -> None:
    with pytest.raises(StoryRefused) as refusal:
        load_story(tmp_path / path)

    assert refusal.value.reason == reason


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoryRefused) as refusal:
        load_story(tmp_path / ("x" * 5000))

    assert refusal.value.reason == "the file can't be read (File name too long)."


def test_the_mark_that_some_editors_put_in_front_is_no_part_of_a_story(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + WHOLE) == read(tmp_path, WHOLE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file, so nothing can be unreadable to it")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    path.chmod(0)

    with pytest.raises(StoryRefused) as refusal:
        load_story(path)

    assert refusal.value.reason.startswith("the file can't be read")
