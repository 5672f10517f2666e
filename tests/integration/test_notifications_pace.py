"""Many mails and slow servers: several on their way, one person's in turn, and no copy while the server is at work."""

import email
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message as Mail
from pathlib import Path
from typing import Any

import pytest

from services.notifications.delivery.domain.sending import GIVE_UP_AFTER, SENT_AGAIN_MAX
from services.notifications.delivery.jobs.lanes import LANE_COUNT_MAX
from services.notifications.messages.domain.messages import State
from services.notifications.messages.store.documents import MESSAGES
from shared.clock import host_now
from shared.jobs import LEASE_SECONDS
from shared.process import STOP_SECONDS_MAX
from tests.integration.mail_servers import Temper, server
from tests.integration.notifications_house import (
    Town,
    announced,
    cancelled,
    chosen,
    confirmed,
    offered,
    person,
    town,
)
from tests.namespaces import Namespace
from tests.waiting import wait_until

DEADLINE_SECONDS = 60.0


@contextmanager
def told_town(namespace: Namespace, folder: Path, temper: Temper) -> Iterator[Town]:
    """Ten people are known, and that the 74th is cancelled; their mail server has this temper."""
    with server(temper) as port, town(namespace, folder, SMTP_URL=f"smtp://127.0.0.1:{port}") as made:
        made.hear(*(person(number) for number in range(1, 11)), announced(), cancelled())
        yield made


def accepted(temper: Temper) -> list[Mail]:
    return [email.message_from_bytes(content) for content in temper.accepted]


def lease(told: Town) -> dict[str, Any]:
    (document,) = told.database.mongo[MESSAGES.name].find({"job.token": {"$type": "string"}}, {"job": 1})
    return dict(document["job"])


def test_a_server_slow_at_the_final_dot_gets_one_copy_however_long_it_takes(
    namespace: Namespace, tmp_path: Path
) -> None:
    """It has the whole mail and doesn't answer; the lease is renewed meanwhile, so nobody else sends it either."""
    temper, stop = Temper(), threading.Event()
    temper.holds.set()
    with told_town(namespace, tmp_path, temper) as told:
        told.hear(offered(1))
        sending = threading.Thread(target=told.sender.run, args=(stop,))
        sending.start()
        try:
            wait_until(lambda: temper.content_count == 1, DEADLINE_SECONDS, missing="the mail at the server")
            first = lease(told)
            wait_until(lambda: lease(told)["due_at"] > first["due_at"], 2 * LEASE_SECONDS, missing="a renewed lease")
            kept = lease(told)
            has_another_done_something = told.another_sender().step(told.stop)
            told.hear(offered(2))
            temper.holds.clear()
            wait_until(
                lambda: {each.state for each in told.messages()} == {State.ACCEPTED},
                DEADLINE_SECONDS,
                missing=lambda: f"two accepted messages, there are {told.messages()}",
            )
        finally:
            stop.set()
            sending.join(DEADLINE_SECONDS)

        assert (kept["token"], kept["attempt_count"]) == (first["token"], 1), "it never ran out"
        assert not has_another_done_something
        assert temper.content_count == 2
        assert [each.sent_again for each in told.messages()] == [0, 0]


def test_a_mail_that_takes_long_holds_up_nobody_but_its_recipient(namespace: Namespace, tmp_path: Path) -> None:
    temper, stop = Temper(), threading.Event()
    temper.holds.set()
    with told_town(namespace, tmp_path, temper) as told:
        told.hear(offered(1))
        sending = threading.Thread(target=told.sender.run, args=(stop,))
        sending.start()
        try:
            wait_until(lambda: temper.content_count == 1, DEADLINE_SECONDS, missing="the slow mail")
            told.hear(chosen(1))
            told.hear(offered(2), offered(3))
            wait_until(lambda: temper.content_count == 3, DEADLINE_SECONDS, missing="the mails to the others")
            waits = told.only(purpose="choice_confirmed").state
        finally:
            temper.holds.clear()
            stop.set()
            sending.join(DEADLINE_SECONDS)

        assert waits in (State.PLANNED, State.RENDERED)
        assert temper.most_to_one_person == 1


def test_a_process_told_to_stop_does_not_wait_ten_minutes_and_the_next_one_sends_the_mail_again(
    namespace: Namespace, tmp_path: Path
) -> None:
    temper, stop = Temper(), threading.Event()
    temper.holds.set()
    with told_town(namespace, tmp_path, temper) as told:
        told.hear(offered(1), confirmed(2))
        sending = threading.Thread(target=told.sender.run, args=(stop,))
        sending.start()
        wait_until(lambda: temper.content_count == 2, DEADLINE_SECONDS, missing="both mails at the server")

        stop.set()
        sending.join(STOP_SECONDS_MAX)
        left = [each.state for each in told.messages()]
        temper.holds.clear()
        told.sender = told.another_sender()
        told.let_time_pass()
        told.run_jobs()

        assert not sending.is_alive()
        assert left == [State.SENDING, State.AMBIGUOUS]
        assert [(each.state, each.sent_again) for each in told.messages()] == [
            (State.ACCEPTED, 1),
            (State.AMBIGUOUS, 0),
        ]


def test_several_mails_are_on_their_way_and_each_person_gets_theirs_in_order(
    namespace: Namespace, tmp_path: Path
) -> None:
    temper = Temper(delay_seconds=0.05)
    with told_town(namespace, tmp_path, temper) as told:
        for number in range(1, 11):
            told.hear(confirmed(number), *(chosen(number, revision=revision) for revision in range(1, 6)))

        told.run_jobs()

        planned = {each.id: each.serial for each in told.messages()}
        assert len(temper.accepted) == len(planned) == 60
        for _, mails in itertools.groupby(
            sorted(accepted(temper), key=lambda mail: mail["To"]), lambda mail: mail["To"]
        ):
            serials = [planned[mail["X-Reconvene-Message"]] for mail in mails]
            assert serials == sorted(serials)
        assert temper.most_to_one_person == 1
        assert 1 < temper.most_on_their_way <= LANE_COUNT_MAX


def test_a_critical_message_takes_along_what_its_recipient_must_read_before_it(
    namespace: Namespace, tmp_path: Path
) -> None:
    temper = Temper()
    with told_town(namespace, tmp_path, temper) as told:
        told.hear(confirmed(1))
        told.hear(offered(1))

        told.run_jobs()

        purposes = [mail["X-Reconvene-Purpose"] for mail in accepted(temper)]
        assert purposes == ["registration_confirmed", "conference_cancelled"]


def test_a_message_waits_while_an_earlier_one_to_the_same_person_is_in_other_hands(
    namespace: Namespace, tmp_path: Path
) -> None:
    temper = Temper()
    with told_town(namespace, tmp_path, temper) as told:
        told.hear(confirmed(1))
        lease = {"job.token": "of another process", "job.due_at": host_now() + timedelta(seconds=60)}
        told.database.mongo[MESSAGES.name].update_many({}, {"$set": lease})
        told.hear(offered(1), offered(2))

        told.run_jobs()
        meanwhile = [mail["X-Reconvene-Subject"] for mail in accepted(temper)]
        told.let_time_pass()
        told.run_jobs()

        assert meanwhile == ["reg_2"]
        assert [mail["X-Reconvene-Subject"] for mail in accepted(temper)] == ["reg_2", "reg_1", "reg_1"]


def test_copies_of_a_mail_that_nobody_knows_about_come_to_an_end(namespace: Namespace, tmp_path: Path) -> None:
    with town(namespace, tmp_path) as told:
        told.hear(person(1), announced(), cancelled(), offered(1))
        told.plan_faults(drop_after_data=100)

        for _ in range(3 * SENT_AGAIN_MAX):
            told.run_jobs()
            told.let_time_pass()

        assert len(told.mails()) == 1 + SENT_AGAIN_MAX
        assert (told.only().state, told.only().sent_again) == (State.AMBIGUOUS, SENT_AGAIN_MAX)


@pytest.mark.parametrize("answer", ["550 5.7.1 relaying denied", "554 no"])
def test_a_relay_that_refuses_everybody_for_a_while_bounces_nobody(
    namespace: Namespace, tmp_path: Path, answer: str
) -> None:
    temper = Temper(refuses={f"dana{number}@millbrook.example": answer for number in range(1, 4)})
    with told_town(namespace, tmp_path, temper) as told:
        told.hear(offered(1), offered(2), offered(3))
        told.run_jobs()
        long_ago = host_now() - 2 * GIVE_UP_AFTER
        told.database.mongo[MESSAGES.name].update_many({}, {"$set": {"put_off_since": long_ago}})
        told.let_time_pass()
        told.run_jobs()
        states = [each.state for each in told.messages()]
        temper.refuses.clear()
        told.let_time_pass()
        told.run_jobs()

        assert states == [State.RENDERED] * 3
        assert [each.state for each in told.messages()] == [State.ACCEPTED] * 3
