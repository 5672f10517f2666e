"""Who did it: stamped beside what a person changed, and with every event that follows, by id and never by name."""

from collections.abc import Callable, Iterator

import pytest

from shared.acting import Actor, acting, following
from shared.clock import host_now
from shared.contracts.flow import Declaration, consumes, declaration
from shared.contracts.registration import RegistrationRunClosed
from shared.names import SOMEBODY, Names
from shared.principals import Held, Principal, Role, installation
from shared.relay import envelope_of
from shared.stories import Stories
from shared.unit import ARCHIVE, STAMP, Unit
from tests.integration.counting import Pair, say
from tests.namespaces import Namespace

HELEN = Actor("acc_helen", "Helen Okafor")


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader with databases of their own."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


def stamps(pair: Pair) -> dict[str, object]:
    """What is kept beside each tally of the speaker, by whom it was changed."""
    return {each["_id"]: (each.get(STAMP) or {}).get("by") for each in pair.speaker.mongo["tallies"].find()}


def actors(pair: Pair) -> list[object]:
    """Whose events the speaker has said, in order."""
    return [each["actor"] for each in pair.speaker.mongo[ARCHIVE].find().sort("id", 1)]


def test_what_a_person_changes_carries_their_name_here_and_their_id_everywhere(pair: Pair) -> None:
    before = host_now()
    with acting(lambda: HELEN):
        pair.speaker.run(say, run="a")

    (tally,), (row,) = pair.speaker.mongo["tallies"].find(), pair.speaker.mongo[ARCHIVE].find()
    assert (tally[STAMP]["actor"], tally[STAMP]["by"]) == ("acc_helen", "Helen Okafor")
    assert before.replace(microsecond=0) <= tally[STAMP]["at"]
    assert (row["actor"], b"Helen" in row["data"]) == ("acc_helen", False)
    assert ("ce_actor", b"acc_helen") in envelope_of(row, source="/registration").headers()


def test_what_nobody_at_a_desk_does_leaves_the_last_stamp_and_names_nobody(pair: Pair) -> None:
    with acting(lambda: HELEN):
        pair.speaker.run(say, run="a")
    pair.speaker.run(say, run="a")
    pair.speaker.run(say, run="b")

    assert stamps(pair) == {"a": "Helen Okafor", "b": None}
    assert actors(pair) == ["acc_helen", None, None]


def test_what_follows_later_names_who_began_it_and_stamps_nothing(pair: Pair) -> None:
    with following("acc_helen"):
        pair.speaker.run(say, run="a")
    with following(""):
        pair.speaker.run(say, run="b")

    assert (stamps(pair), actors(pair)) == ({"a": None, "b": None}, ["acc_helen", None])


def test_who_hears_an_event_acts_for_whoever_set_it_going(pair: Pair) -> None:
    heard: list[str] = []

    @consumes(RegistrationRunClosed)
    def hear(_event: RegistrationRunClosed, unit: Unit) -> None:
        heard.append(unit.actor)

    def tell(unit: Unit) -> None:
        for each in pair.speaker.mongo[ARCHIVE].find().sort("id", 1):
            stories.call_handler(unit, envelope_of(each, source="/registration"))

    stories = Stories("scheduling", handlers={RegistrationRunClosed: _declared(hear)}, ignored=())
    with acting(lambda: HELEN):
        pair.speaker.run(say, run="a")
    pair.speaker.run(say, run="a")
    with acting(lambda: Actor("acc_else", "Somebody Else")):  # who lets it be handled is not who set it going
        pair.reader.transact(tell)

    assert heard == ["acc_helen", ""]


def _declared(handler: Callable[..., None]) -> tuple[Declaration, ...]:
    declared = declaration(handler)
    assert declared is not None
    return (declared,)


def test_a_name_is_known_of_whoever_was_here_and_newest_counts(pair: Pair) -> None:
    names, other = Names(pair.reader), Names(pair.reader)
    names.note(Principal(person="acc_helen", name="Helen Okafor", roles=frozenset({Held(Role.COMMITTEE)})))
    other.note(Principal(person="acc_helen", name="Helen Okafor-Lee"))
    names.note(installation(Role.FINANCE))  # a key is nobody's name

    assert [names.words(each) for each in ("acc_helen", "acc_tom", "key:finance", "")] == [
        "Helen Okafor-Lee",
        SOMEBODY,
        "the finance office",
        SOMEBODY,
    ]
    assert pair.reader.mongo["names"].count_documents({}) == 1
