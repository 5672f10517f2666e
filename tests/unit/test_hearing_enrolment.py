"""Who has heard what: a handler has missed what some version passed by while it wasn't there, and nothing else."""

from dataclasses import replace

from shared.hearing import Heard, caught_up, enrolled

COUNT, THANK = "app.handlers:t1.v1", "app.thanks:t2.v1"
OLD = enrolled(None, [COUNT], ["t1.v1", "t2.v1"], next_=0)  # t2 is declared as passed by


def test_who_is_there_from_the_beginning_has_missed_nothing() -> None:
    assert Heard(hears=frozenset({COUNT}), passed=frozenset({"t1.v1", "t2.v1"})) == OLD


def test_a_new_handler_has_missed_all_that_was_passed_by_and_its_events_wait() -> None:
    new = enrolled(OLD, [COUNT, THANK], ["t1.v1", "t2.v1"], next_=40)

    assert new == replace(OLD, missed={THANK: 0}, held=frozenset({THANK}))
    assert enrolled(new, [COUNT, THANK], ["t1.v1", "t2.v1"], next_=60) == new  # a restart changes nothing


def test_a_type_that_no_version_knew_has_waited_so_that_nobody_has_missed_it() -> None:
    new = enrolled(OLD, [COUNT, "app.handlers:t3.v1"], ["t1.v1", "t2.v1", "t3.v1"], next_=40)

    assert (new.missed, new.held) == ({}, frozenset())
    assert "app.handlers:t3.v1" in new.hears


def test_a_version_that_is_rolled_back_passes_by_from_there_on_and_what_it_passed_is_caught_up_later() -> None:
    given = caught_up(enrolled(OLD, [COUNT, THANK], ["t1.v1", "t2.v1"], next_=40), [THANK])
    assert (given.missed, given.held, THANK in given.hears) == ({}, frozenset(), True)

    back = enrolled(given, [COUNT], ["t1.v1", "t2.v1"], next_=50)
    assert (back.missed, back.held) == ({THANK: 50}, frozenset())  # nobody may be given it while this version reads

    again = enrolled(back, [COUNT, THANK], ["t1.v1", "t2.v1"], next_=70)
    assert again == replace(back, held=frozenset({THANK}))


def test_a_version_that_does_not_know_a_type_lets_it_wait_so_that_its_handler_misses_nothing() -> None:
    new = enrolled(OLD, [COUNT, "app.handlers:t3.v1"], ["t1.v1", "t2.v1", "t3.v1"], next_=40)

    back = enrolled(new, [COUNT], ["t1.v1", "t2.v1"], next_=50)

    assert back.missed == {}


def test_what_the_database_keeps_is_what_it_had() -> None:
    heard = enrolled(OLD, [COUNT, THANK], ["t1.v1", "t2.v1"], next_=40)

    assert Heard.of({"_id": "x", "next": 40, **heard.document()}) == heard
    assert Heard.of({"_id": "x", "next": 40}) is None  # as earlier versions kept it
