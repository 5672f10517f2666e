"""What happens when a speaker drops out five days before? This.

Dr Whitlock can't come. Twenty-eight people paid 95.00 for her Academy A-07, 212 starred C-31, and at the time of the
Academy people wait for seats in A-02, in a small room. The committee gives C-31 a panel, cancels A-07, moves A-02 into
the room that became free, looks at what that means, and releases it. Each person is told once, whatever they have to
do with these sessions; twenty move to A-09, the 21st is told that it is full, eight have their money back. In the end
the whole congress is cancelled as well, and still every cent has found its place.

It happens in the four services as they are in production, on the real database and the real broker.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
from pymongo import MongoClient
from pymongo.database import Database

from deploy.acceptance import checker
from deploy.acceptance.hearing import await_all_heard
from deploy.town import clocks
from deploy.town.calls import CallRefused
from tests.engines import TestEngines
from tests.stories.small_congress import (
    A02_SEATED,
    A02_WAITING,
    A07,
    ACADEMY_MINOR,
    DAY_AFTER_CHOOSING,
    DELEGATES,
    FEE_MINOR,
    PANELIST,
    PAYING_BY_CHEQUE,
    SPEAKERS,
    STARRING_C31,
    WHITLOCK,
    WITHDRAWN_ON,
    ZONE,
    Congress,
    Mail,
    address_of,
    introduce,
    link_in,
    person_of,
    standing,
)

MOVING, TOO_LATE, REFUNDED, SILENT = range(20), 20, range(20, 23), range(23, 28)
STAYING = ("Obi", "Bellamy", "Quinn")  # speakers who have not registered


@pytest.fixture
def congress(engines: TestEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Congress]:
    """A town in which the congress stands as two months before it begins."""
    with standing(engines, tmp_path_factory.mktemp("town")) as found:
        yield found.congress


@pytest.mark.timeout(600)
def test_a_speaker_withdraws_and_everyone_is_told_once_and_every_cent_finds_its_place(congress: Congress) -> None:
    clocks.move(congress.town, congress.caller, to=clocks.opening(WITHDRAWN_ON, zone=ZONE))

    withdraw(congress)
    take_up(congress)
    preview = congress.release("Dr Whitlock can't come")

    the_preview_said_whom_it_would_reach(preview, congress)
    digests = everybody_has_one_digest(congress)
    calendars_say_what_the_feed_says(congress, digests)
    the_programme_says_it_too(congress)
    those_who_waited_have_an_offer(congress)
    choose(congress, digests)
    eight_have_their_money_back(congress)
    run = close(congress)
    everything_is_settled_and_nobody_was_told_twice(congress, run)


def withdraw(congress: Congress) -> None:
    """Dr Whitlock leaves both stages by her own page; she is thanked, and the committee has two things to decide."""
    for code in ("A-07", "C-31"):
        url = f"{congress.speaking['Whitlock']}/sessions/{congress.sessions[code]}/withdraw"
        answer = requests.post(url, data={"idempotency_key": f"withdraw-{code}"}, timeout=60, allow_redirects=False)
        assert answer.status_code == 303, answer.text
    congress.await_mails("speaker_withdrew", count=2)
    assert [mail.to for mail in congress.mails("speaker_withdrew")] == [address_of("Whitlock")] * 2
    assert len(congress.look("withdrawals")["items"]) == 2


def take_up(congress: Congress) -> None:
    """The committee gives C-31 a panel, cancels A-07, and moves A-02 into its room."""
    name, email = person_of(PANELIST)
    congress.persons["panelist"] = introduce(congress, name, email)
    panel = [{"person": congress.persons[each], "role": "panelist"} for each in ("Obi", "panelist", "Bellamy")]
    ids = congress.sessions
    congress.edit("PUT", f"sessions/{ids['C-31']}/cast", {"cast": panel})
    congress.edit("POST", f"sessions/{ids['A-07']}/cancel", {"reason": "Dr Whitlock is ill."})
    room = {"room": "larger", "starts": "2020-05-17T08:00:00-05:00"}
    congress.edit("PUT", f"sessions/{ids['A-02']}/slot", room)


def the_preview_said_whom_it_would_reach(preview: dict[str, Any], congress: Congress) -> None:
    codes = {id_: code for code, id_ in congress.sessions.items()}
    roles = {codes[each["session"]]: (each["what"], each["role_counts"]) for each in preview["hits"]}

    assert roles == {
        "A-07": (["cancelled"], {"holds_seat": 28, "speaker": 1}),
        "C-31": (["speakers"], {"starred": 212, "speaker": 4}),
        "A-02": (["room"], {"holds_seat": 6, "waits": 7, "speaker": 1}),
    }
    points = {codes[each["session"]]: each["points"] for each in preview["hits"]}
    assert points == {
        "A-07": "240 approved minutes (cmc) are withdrawn",
        "C-31": "120 approved minutes (cmc) need a review",
        "A-02": "",
    }
    # Everybody once: the delegates, Dr Whitlock, and two speakers who have not registered.
    assert (preview["message_count"], preview["paid_count"]) == (len(DELEGATES) + 3, 28)
    assert (preview["clash_count"], preview["seats_lost_count"]) == (0, 0)


def everybody_has_one_digest(congress: Congress) -> dict[str, Mail]:
    """Each has one mail with all that concerns them; answers it by their number, speakers by name."""
    readers = {str(number): person_of(number)[1] for number in (*DELEGATES, WHITLOCK)}
    readers |= {name: address_of(name) for name in ("Obi", "Bellamy")}
    congress.await_mails("programme_changed", count=len(readers))
    received = congress.by_reader("programme_changed")

    assert {reader: len(mails) for reader, mails in received.items()} == dict.fromkeys(readers.values(), 1)
    digests = {reader: received[address][0] for reader, address in readers.items()}
    told: dict[str, tuple[int | str, ...]] = {
        "A-07": (*A07, WHITLOCK),
        "C-31": (*STARRING_C31, WHITLOCK, "Obi", "Bellamy"),
        "A-02": (*A02_SEATED, *A02_WAITING, "Bellamy"),
    }
    for code, expected in told.items():
        named = {reader for reader, mail in digests.items() if f"* {code} " in mail.text}
        assert named == {str(each) for each in expected}, code
    panel = f"{SPEAKERS['Obi']}, {person_of(PANELIST)[0]}, and {SPEAKERS['Bellamy']}"
    recast = f"Speakers: now {panel}."
    unfolded = {reader: " ".join(mail.text.split()) for reader, mail in digests.items()}
    assert all(recast in unfolded[str(number)] for number in STARRING_C31)
    assert [reader for reader, text in unfolded.items() if "You paid $95.00 for it." in text] == [*map(str, A07)]
    assert all("Public meetings by the book" in unfolded[str(number)] for number in A07)
    assert {reader for reader, text in unfolded.items() if "YOU HAVE A SEAT" in text} == {
        str(each) for each in (*A07, *A02_SEATED)
    }
    assert unfolded[str(WHITLOCK)].count("You are not on its stage any more.") == 1
    return digests


def calendars_say_what_the_feed_says(congress: Congress, digests: dict[str, Mail]) -> None:
    """What each mail brought into a calendar is what the feeds show of it, with the same SEQUENCE."""
    public = congress.feed(f"{congress.base}/programme.ics")
    codes = {str(event["UID"]).partition("@")[0]: event for event in public.values()}
    sequences = {code: int(codes[id_]["SEQUENCE"]) for code, id_ in congress.sessions.items()}
    assert sequences == {"A-07": 1, "A-02": 1, "C-31": 0, "A-09": 0}  # who speaks leaves a calendar's number as it is
    assert {code: str(codes[id_]["STATUS"]) for code, id_ in congress.sessions.items()} == {
        "A-07": "CANCELLED",
        "A-02": "CONFIRMED",
        "C-31": "CONFIRMED",
        "A-09": "CONFIRMED",
    }
    files = dict(zip(digests, congress.all(congress.calendar_files, list(digests.values())), strict=True))
    c31 = next(uid for uid in public if uid.startswith(f"{congress.sessions['C-31']}@"))
    assert "STATUS" not in files[str(WHITLOCK)].pop(c31)  # it takes place, and is taken out of her calendar alone
    for found in files.values():
        assert found
        assert {uid: _shown(event) for uid, event in found.items()} == {uid: _shown(public[uid]) for uid in found}
    own = {number: personal_feed(congress, number) for number in (0, 16, 100, A02_SEATED[0], A02_WAITING[0])}
    for number, events in own.items():
        found = congress.calendar_files(digests[str(number)])
        assert {uid: _shown(event) for uid, event in events.items() if uid in found} == {
            uid: _shown(event) for uid, event in found.items() if uid in events
        }


def personal_feed(congress: Congress, number: int) -> dict[str, Any]:
    address = f"{congress.agendas[number]}/feed"
    return congress.feed(congress.caller.post(address, {}, key=f"feed:{number}")["feed"])


def _shown(event: Any) -> tuple[object, ...]:
    """What a calendar shows of a session, and by what it sees which is newer."""
    dates = [event[name].dt for name in ("DTSTART", "DTEND", "DTSTAMP")]
    return (int(event["SEQUENCE"]), str(event["STATUS"]), str(event["LOCATION"]), *dates)


def the_programme_says_it_too(congress: Congress) -> None:
    changes = congress.caller.get_text(f"{congress.base}/programme/changes", accept="text/html")
    desk = f"{congress.town.scheduling}/scheduling/desk/conferences/{congress.conference}"
    errata = congress.caller.get_text(f"{desk}/errata", account=congress.town.committee, accept="text/html")
    told = {str(each["sentence"]) for each in congress.look("releases/2/changes")["differences"]}
    review = congress.look(f"sessions/{congress.sessions['C-31']}")["approval"]

    assert len(told) == 3
    for code in ("A-07", "C-31", "A-02"):
        assert code in changes
        assert code in errata
    assert SPEAKERS["Obi"] in changes
    assert SPEAKERS["Obi"] in errata
    assert review == {
        "scheme": "cmc",
        "minutes": 120,
        "must_be_reviewed": True,
        "is_approved": True,
        "must_be_assessed": False,
    }


def those_who_waited_have_an_offer(congress: Congress) -> None:
    """The larger room has seats for all seven who waited; five take theirs."""
    congress.await_mails("seat_offered", count=len(A02_WAITING))
    offered = congress.by_reader("seat_offered")
    assert {reader: len(mails) for reader, mails in offered.items()} == {
        person_of(number)[1]: 1 for number in A02_WAITING
    }
    assert all("Lewis Room" in mails[0].text for mails in offered.values())
    for number in A02_WAITING[:5]:
        url = f"{congress.agendas[number]}/sessions/{congress.sessions['A-02']}/offer"
        assert congress.caller.post(url, {"accept": True}, key=f"offer:{number}")["standing"] == "signed_up"
    roster = _roster(congress, "A-02")
    assert (roster["seats"], roster["held_count"], roster["offered_count"], roster["waiting_count"]) == (40, 11, 2, 0)


def _roster(congress: Congress, code: str) -> dict[str, Any]:
    id_ = congress.sessions[code]
    found: dict[str, Any] = next(each for each in congress.look("rosters")["items"] if each["session"] == id_)
    return found


def choose(congress: Congress, digests: dict[str, Mail]) -> None:
    """By the link in the digest: twenty move, the next is told that A-09 is full, three have the money back."""
    links = {number: link_in(digests[str(number)].text, "/registration/mine/") for number in A07}
    with_link = [reader for reader, mail in digests.items() if "/registration/mine/" in mail.text]
    assert with_link == [str(number) for number in A07]

    def say(number: int, **choice: str) -> Any:
        return congress.caller.post(f"{links[number]}/options/a-07", choice, key=f"choice:{number}:{choice['choice']}")

    to_a09 = congress.sessions["A-09"]
    congress.all(lambda number: say(number, choice="move", session=to_a09), MOVING)
    with pytest.raises(CallRefused, match="A-09") as full:
        say(TOO_LATE, choice="move", session=to_a09)
    assert full.value.status == 409
    for number in REFUNDED:
        say(number, choice="refund")
    congress.wait(lambda: _roster(congress, "A-09")["paid_count"] == 24, missing="the seats of those who moved")
    roster = _roster(congress, "A-09")
    assert (roster["held_count"], roster["over_count"]) == (4 + 20, 0)


def eight_have_their_money_back(congress: Congress) -> None:
    """Three by their choice, five because they said nothing until the end of the next day."""
    before = {each["id"] for each in _card_refunds(congress)}
    clocks.move(congress.town, congress.caller, to=clocks.opening(DAY_AFTER_CHOOSING, zone=ZONE))
    congress.await_mails("option_settled", count=28)
    congress.await_mails("refund_sent", count=8)
    congress.wait(lambda: len(_card_refunds(congress)) == 8, missing="eight refunds at the card provider")
    await_all_heard(congress.town, congress.caller)

    refunds = _card_refunds(congress)
    assert len(before) <= len(REFUNDED)
    assert [(each["amount"], each["status"]) for each in refunds] == [(ACADEMY_MINOR, "succeeded")] * 8
    booked = _booked(congress)
    assert booked["option", "2001"] == 76_000
    assert booked["option", "2020"] == -76_000
    assert (booked["refund_settled", "2020"], booked["refund_settled", "1020"]) == (76_000, -76_000)
    settled = congress.by_reader("option_settled")
    moved = {person_of(number)[1] for number in MOVING}
    assert {reader: len(mails) for reader, mails in settled.items()} == {person_of(number)[1]: 1 for number in A07}
    assert {reader for reader, (mail,) in settled.items() if "A-09" in mail.text} == moved


def _card_refunds(congress: Congress) -> list[dict[str, Any]]:
    return list(congress.caller.lines(f"{congress.town.provider}/_provider/refunds"))


def _booked(congress: Congress) -> Counter[tuple[str, str]]:
    """What the ledger has put on each account, by the kind of its source; credits are negative."""
    found: Counter[tuple[str, str]] = Counter()
    client: MongoClient[dict[str, Any]]
    with MongoClient(congress.town.mongo_url) as client:
        database: Database[dict[str, Any]] = client[f"{congress.town.database_prefix}payments"]
        for entry in database["ledger"].find({"conference": congress.conference}):
            for line in entry["lines"]:
                found[str(entry["_id"]).partition(":")[0], line["account"]] += line["amount_minor"]
    return found


def close(congress: Congress) -> str:
    """Two days before it begins the whole congress is cancelled, and nobody says what they want; answers the run."""
    caller, town = congress.caller, congress.town
    caller.post_form(  # the provider keeps its fee when it refunds, so finance sees to the balance
        f"{town.provider}/v1/topups", {"amount": "200000", "currency": "usd"}, bearer=town.stripe_api_key, key="top-up"
    )
    body = {"reason": "A flood.", "decision": "All is refunded.", "choose_by": DAY_AFTER_CHOOSING.isoformat()}
    run = str(caller.post(f"{congress.base}/cancel", body, key="cancel", account=town.committee)["run"])
    board = f"{town.scheduling}/scheduling/runs/{run}"

    def shown(name: str) -> Any:
        return caller.get(board, account=town.committee)[name]

    congress.wait(lambda: shown("is_everyone_told"), missing="the message about the cancellation")
    paid_on = DAY_AFTER_CHOOSING + timedelta(days=1)
    clocks.move(town, caller, to=clocks.opening(paid_on, zone=ZONE))
    query = {"run": run, "rail": "cheque", "state": "awaiting_record"}
    congress.wait(lambda: len(_refunds(congress, **query)) == len(PAYING_BY_CHEQUE), missing="cheques to be written")
    for refund in _refunds(congress, **query):
        body = {"rail": "cheque", "reference": f"CHEQUE {refund['id']}", "paid_on": paid_on.isoformat()}
        url = f"{town.payments}/payments/refunds/{quote(refund['id'], safe=':')}/record"
        caller.post(url, body, key=f"record:{refund['id']}", account=town.finance)
    congress.wait(lambda: shown("state") == "settled", missing="refunds, or word of them")
    await_all_heard(town, caller)
    return run


def _refunds(congress: Congress, **where: str) -> list[dict[str, Any]]:
    url = f"{congress.town.payments}/payments/refunds"
    return list(congress.caller.pages(url, account=congress.town.finance, limit="200", **where))


def everything_is_settled_and_nobody_was_told_twice(congress: Congress, run: str) -> None:
    """The books end at nothing, and one mail took all of it out of each calendar."""
    findings = checker.check(congress.town, run=run, caller=congress.caller)
    card_minor = 16 * (FEE_MINOR + ACADEMY_MINOR) + 8 * FEE_MINOR  # four of those who moved had paid by cheque
    cheque_minor = 4 * (FEE_MINOR + ACADEMY_MINOR)

    assert findings.contradictions == []
    assert {name: figure for name, figure in findings.figures.items() if name != "mails"} == {
        "registrations": 241,
        "settled": 241,
        "left_before": 0,
        "left_refunded_minor": 0,
        "left_kept_minor": 0,
        "left_voided_minor": 0,
        "left_released_minor": 0,
        "voided_minor": 208 * FEE_MINOR + 4 * (FEE_MINOR + ACADEMY_MINOR),
        "grants_released_minor": 0,
        "refunds_approved_minor": card_minor + cheque_minor,
        "credits_minor": 0,
        "donations_minor": 0,
        "kept_minor": 0,
        "card_refunds_minor": card_minor,
        "card_refunds_failed_minor": 0,
        "cheque_refunds_minor": cheque_minor,
        "transfer_refunds_minor": 0,
        "deferred_minor": 0,
        "refunds_payable_minor": 0,
        "ledger_sum_minor": 0,
        "provider_refund_objects": 24,
        "letters": 0,
        "persons_told": 241,
        "refunds_doubled": 0,
        "refunds_missing": 0,
        "messages_doubled": 0,
        "messages_ambiguous": 0,
    }
    told = congress.by_reader("conference_cancelled")
    readers = [person_of(number)[1] for number in (*DELEGATES, WHITLOCK)] + [address_of(each) for each in STAYING]
    assert {reader: len(mails) for reader, mails in told.items()} == dict.fromkeys(readers, 1)
    assert all(set(mail.files) == {"CANCEL"} for (mail,) in told.values())
