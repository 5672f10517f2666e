"""A story becomes the same people with the same choices on every machine."""

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from deploy.acceptance.story import Choice, Story, Tender, load_story, plan

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "deploy" / "stories"

CONFERENCE = """
[conference]
key = "spring"
title = "Spring Conference"
city = "Lakeview"
starts = 2020-05-17
ends = 2020-05-20
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


def read(folder: Path, text: str) -> Story:
    path = folder / "story.toml"
    path.write_text(text, encoding="utf-8")
    return load_story(path)


def test_whose_money_the_fee_takes_whole_has_nothing_to_say(tmp_path: Path) -> None:
    terms = "[terms]\norganiser_cancels_fee_minor = {}\n[choices.credit]\ncard = 2\n[choices.donate]\ncard = 1\n"

    taken = plan(read(tmp_path, CONFERENCE + CARDS + GRANTS + terms.format(57500)))
    left = plan(read(tmp_path, CONFERENCE + CARDS + GRANTS + terms.format(57499)))

    assert {each.guest_count for each in taken if each.chosen} == {1}
    assert {each.guest_count for each in left if each.chosen} == {0, 1}


def test_the_74th_is_planned_as_its_story_says() -> None:
    people = plan(load_story(STORIES / "74th.toml"))

    assert Counter(person.tender for person in people) == {
        Tender.CARD: 600, Tender.CHEQUE: 300, Tender.TRANSFER: 40, Tender.GRANT: 12, Tender.PURCHASE_ORDER: 48,
    }  # fmt: skip
    assert Counter((person.tender, person.choice) for person in people if person.choice is not Choice.REFUND) == {
        (Tender.CARD, Choice.CREDIT): 120,
        (Tender.CHEQUE, Choice.CREDIT): 50,
        (Tender.TRANSFER, Choice.CREDIT): 10,
        (Tender.CARD, Choice.DONATE): 15,
        (Tender.CHEQUE, Choice.DONATE): 5,
        (Tender.GRANT, None): 12,
        (Tender.PURCHASE_ORDER, None): 48,
    }
    assert sum(person.charged_minor for person in people) == 603_600_00
    assert sum(not person.has_email for person in people) == 30


def test_guests_come_with_the_last_letters_go_to_the_first_and_choices_follow_the_file(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        CONFERENCE + CARDS + CARDS + GRANTS + "[choices]\ncredit = { card = 7 }\ndonate = { card = 2 }\n"
        "[faults]\ncards_refusing_refund = 2\n",
    )

    people = plan(story)

    assert [person.index for person in people] == list(range(23))
    assert [person.index for person in people if person.guest_count] == [6, 7, 8, 9, 16, 17, 18, 19]
    assert [person.index for person in people if not person.has_email] == [0, 1, 10, 11]
    assert [person.index for person in people if person.choice is Choice.CREDIT] == [0, 1, 2, 3, 4, 5, 10]
    assert [person.index for person in people if person.choice is Choice.DONATE] == [11, 12]
    assert [person.index for person in people if person.refund_fails] == [13, 14]
    assert [person.index for person in people if person.choice is None] == [20, 21, 22]
    assert {person.guest_price_minor for person in people if not person.guest_count} == {0}


def test_credit_and_donation_are_always_said_and_about_two_thirds_of_refunds() -> None:
    people = plan(load_story(STORIES / "europe.toml"))
    refunds = [person for person in people if person.choice is Choice.REFUND]

    assert all(person.chosen for person in people if person.choice in (Choice.CREDIT, Choice.DONATE))
    assert not any(person.chosen for person in people if person.choice is None)
    assert 0.64 < sum(person.chosen for person in refunds) / len(refunds) < 0.69


def test_fifteen_thousand_people_have_addresses_of_their_own_on_reserved_names() -> None:
    people = [registration.person for registration in plan(load_story(STORIES / "europe.toml"))]
    emails = [person.email for person in people if person.email is not None]

    assert len(people) == 15_000
    assert len(set(emails)) == len(emails) == 15_000 - 360
    assert all(email.endswith(".example") and email.isascii() and email == email.lower() for email in emails)
    assert all(len(person.address_lines) == 3 and person.postcode.startswith("000") for person in people)


def test_adding_a_group_at_the_end_changes_nobody_before_it(tmp_path: Path) -> None:
    before, after = (plan(read(tmp_path, text)) for text in (CONFERENCE + CARDS, CONFERENCE + CARDS + GRANTS))

    assert after[: len(before)] == before


def test_the_same_story_is_the_same_bytes_on_any_machine() -> None:
    program = (
        "import hashlib, pathlib\n"
        "from deploy.acceptance.story import load_story, plan\n"
        "print(hashlib.sha256(repr(plan(load_story(pathlib.Path('deploy/stories/74th.toml')))).encode()).hexdigest())\n"
    )

    digests = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout.strip()
        for seed, zone, locale in (("1", "UTC", "C"), ("2", "America/St_Johns", "C.UTF-8"))
    ]

    assert all(len(digest) == 64 for digest in digests)
    assert all(one == other for one, other in pairwise(digests))
