"""Previews as values: what a digest is over, how two differ, and that in words."""

from dataclasses import replace

import pytest

from services.scheduling.previews.domain.preview import Answer, Kind, Preview, heard
from services.scheduling.previews.domain.wording import (
    drift_in_words,
    duration_in_words,
    languages_in_words,
    oddity,
)
from shared.contracts.consequences import Anomaly, Drift
from shared.findings import Population, Tally, drift_of
from shared.ids import digest_of
from tests.unit.payments_builders import NOW

BEFORE = Population(members={"reg_1": ("a", 57500), "reg_2": ("b", 57500)}, terms="t", texts="w")
COMPARED = Drift(is_compared=True)


def drift(members: dict[str, tuple[str, int]], *, terms: str = "t", texts: str = "w") -> Drift:
    """How these differ from those before."""
    return drift_of(BEFORE, members, terms=terms, texts=texts)


def test_the_same_people_on_the_same_terms_are_no_drift() -> None:
    assert drift(dict(BEFORE.members)) == COMPARED
    assert drift(dict(BEFORE.members)).is_none


def test_who_joined_left_and_changed_is_counted_with_their_sums() -> None:
    found = drift({"reg_1": ("a", 65000), "reg_3": ("c", 57500), "reg_4": ("d", 20000)}, texts="other")

    assert found == Drift(
        is_compared=True,
        joined_count=2,
        joined_minor=77500,
        left_count=1,
        left_minor=57500,
        changed_count=1,
        changed_minor=7500,
        are_texts_changed=True,
    )
    assert not found.is_none


def test_what_changed_without_changing_a_sum_is_still_a_change() -> None:
    assert drift({"reg_1": ("other", 57500), "reg_2": ("b", 57500)}) == replace(COMPARED, changed_count=1)


def test_without_whom_it_concerned_before_nothing_is_claimed() -> None:
    assert drift_of(None, {"reg_1": ("a", 1)}, terms="t", texts="w") == Drift(is_compared=False)


@pytest.mark.parametrize(
    ("service", "found", "words"),
    [
        ("registration", COMPARED, ""),
        (
            "registration",
            replace(COMPARED, joined_count=3, joined_minor=172500, left_count=1),
            "3 more registrations, $1,725.00 more; 1 left",
        ),
        (
            "registration",
            replace(COMPARED, joined_count=1, joined_minor=57500),
            "1 more registration, $575.00 more",
        ),
        ("registration", replace(COMPARED, left_count=2, left_minor=115000), "2 registrations left, $1,150.00 less"),
        ("payments", replace(COMPARED, changed_count=1), "1 order changed"),
        (
            "payments",
            replace(COMPARED, left_count=1, left_minor=57500, changed_count=2, changed_minor=-500),
            "1 order gone, $575.00 less; 2 changed, $5.00 less",
        ),
        ("notifications", replace(COMPARED, are_texts_changed=True), "the words have changed"),
        ("scheduling", replace(COMPARED, changed_count=1234), "1,234 sessions and speakers changed"),
        (
            "registration",
            replace(COMPARED, left_count=1, are_terms_changed=True),
            "1 registration left; the last day for choosing has changed",
        ),
    ],
)
def test_a_drift_is_said_in_words(service: str, found: Drift, words: str) -> None:
    assert drift_in_words(service, found, currency="USD") == words


def test_an_oddity_says_what_comes_of_it_and_how_many_more_there_are() -> None:
    many = oddity(
        Anomaly(what="too_old_for_card", count=3, ids=("ord_1", "ord_2"), amount_minor=115000), currency="USD"
    )
    one = oddity(Anomaly(what="no_address", count=1, ids=("reg_1",)), currency="USD")
    unknown = oddity(Anomaly(what="moon_is_full", count=2), currency="USD")

    assert many.sentence.startswith("3 card payments are older than their cards may take a refund ($1,150.00).")
    assert many.more_count == 1
    assert one.sentence.startswith("One person can’t be told")
    assert one.more_count == 0
    assert unknown.sentence == "moon is full: 2"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "about a minute"), (80, "about a minute"), (780, "about 13 minutes"), (7300, "about 2 hours")],
)
def test_a_duration_is_said_as_roughly_as_it_is_known(seconds: int, words: str) -> None:
    assert duration_in_words(seconds) == words


def test_languages_are_said_with_the_most_first() -> None:
    assert languages_in_words({"nl": 10, "en": 950, "fr": 40}) == "950 in English, 40 in French and 10 in Dutch"
    assert languages_in_words({"fr": 1, "en": 0}) == "all in French"
    assert languages_in_words({}) == ""


def test_a_tally_keeps_fifty_ids_of_what_is_odd_and_counts_all() -> None:
    tally = Tally()
    for number in range(60):
        tally.note("no_address", f"reg_{number:02}")

    (found,) = tally.anomalies

    assert (found.count, len(found.ids), found.ids[0], found.ids[-1]) == (60, 50, "reg_00", "reg_49")


def answer(*, population: str = "p", digest: str = "d") -> Answer:
    """What a service said."""
    return Answer(count=1, population=population, lines=(), anomalies=(), digest=digest, drift=Drift())


def preview(**answers: Answer) -> Preview:
    """A preview with these answers."""
    return Preview(
        id="prv_1",
        conference="74th",
        decision="cancel:74th",
        revision=1,
        kind=Kind.CANCEL,
        currency="USD",
        zone="UTC",
        asked_at=NOW,
        as_of=NOW,
        answers=answers,
    )


def test_a_preview_has_a_digest_only_once_all_have_answered() -> None:
    three = preview(registration=answer(), payments=answer(digest="e"), notifications=answer())
    four = heard(three, "scheduling", answer(digest="f"))

    assert (three.missing, three.digest) == (("scheduling",), "")
    assert four is not None
    assert four.digest == digest_of(["registration d", "payments e", "notifications d", "scheduling f"])
    assert heard(four, "payments", answer(digest="later")) is None


def test_services_that_know_of_other_people_are_not_of_one_moment() -> None:
    agreed = preview(registration=answer(), payments=answer(), scheduling=answer(population="none of theirs"))

    assert agreed.is_of_one_moment
    assert not preview(registration=answer(), payments=answer(population="q")).is_of_one_moment
