"""What nobody can know: mails whose sender died, or whose answer was lost, and leases that ran out."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.notifications.delivery import commands
from services.notifications.delivery.domain.mail import Mail
from services.notifications.delivery.jobs.mailer import Mailer, MailServerAway, Sent
from services.notifications.delivery.jobs.recording import TOLD_BEFORE_BACKUP, Prepared
from services.notifications.messages.domain.messages import State
from services.notifications.messages.store.documents import MESSAGES
from shared.contracts.notifications import MessageAccepted, RecipientTold
from shared.recall import PENDING, RECALLED
from tests.integration.notifications_house import Town, announced, cancelled, confirmed, offered, person, town
from tests.namespaces import Namespace


class Killed(BaseException):
    """The process ends here, as far as this test goes: nothing below may run on."""


@pytest.fixture(scope="module")
def only_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of all tests here."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as made:
        yield made


@pytest.fixture
def sending_town(only_town: Town) -> Town:
    """Three people are known, and that the 74th is cancelled."""
    only_town.forget()
    only_town.hear(person(1), person(2), person(3), announced(), cancelled())
    return only_town


class Dying(Mailer):
    """Its process ends when the server has the mail and before that is recorded."""

    def send(self, mail: Mail) -> Sent:
        super().send(mail)
        raise Killed


def test_a_critical_mail_found_on_its_way_is_sent_again_under_the_same_message_id(sending_town: Town) -> None:
    sending_town.hear(offered(1), offered(2), offered(3))
    sending_town.sender = sending_town.another_sender(Dying)

    with pytest.raises(Killed):
        sending_town.sender.step(sending_town.stop)
    found = sending_town.only(state="sending")
    sending_town.sender = sending_town.another_sender()
    sending_town.let_time_pass()
    sending_town.run_jobs()

    sent_again = {each.id: each.sent_again for each in sending_town.messages()}
    assert sent_again == {each.id: int(each.id == found.id) for each in sending_town.messages()}
    ids = [mail.message_id for mail in sending_town.mails()]
    assert len(ids) == 4
    assert ids.count(f"<{found.id}@reconvene.example>") == 2
    contents = {mail.text for mail in sending_town.mails() if mail.message_id.startswith(f"<{found.id}")}
    assert len(contents) == 1, "what is sent again is what was sent"


def test_a_dead_sender_leaves_at_most_one_mail_on_its_way(sending_town: Town) -> None:
    sending_town.hear(offered(1), offered(2), offered(3))
    sending_town.sender = sending_town.another_sender(Dying)

    with pytest.raises(Killed):
        sending_town.sender.step(sending_town.stop)

    states = sorted(each.state for each in sending_town.messages())
    assert states == [State.RENDERED, State.RENDERED, State.SENDING]


def test_another_mail_found_on_its_way_is_ambiguous_and_never_sent_by_itself(sending_town: Town) -> None:
    sending_town.hear(confirmed(1))
    sending_town.sender = sending_town.another_sender(Dying)

    with pytest.raises(Killed):
        sending_town.sender.step(sending_town.stop)
    sending_town.sender = sending_town.another_sender()
    for _ in range(3):
        sending_town.let_time_pass()
        sending_town.run_jobs()

    assert sending_town.only().state is State.AMBIGUOUS
    assert len(sending_town.mails()) == 1
    assert sending_town.said(MessageAccepted) == []


def test_nothing_is_sent_while_another_sender_s_lease_holds(sending_town: Town) -> None:
    sending_town.hear(offered(1))
    sending_town.sender = sending_town.another_sender(Dying)
    with pytest.raises(Killed):
        sending_town.sender.step(sending_town.stop)

    has_done_something = sending_town.another_sender().step(sending_town.stop)

    assert not has_done_something
    assert len(sending_town.mails()) == 1


def test_an_answer_lost_after_the_mail_had_gone_out_is_a_doubt(sending_town: Town) -> None:
    sending_town.plan_faults(drop_after_data=1)
    sending_town.hear(offered(1))

    sending_town.run_jobs()
    in_doubt = sending_town.only().state
    sending_town.let_time_pass()
    sending_town.run_jobs()

    assert in_doubt is State.SENDING
    assert (sending_town.only().state, sending_town.only().sent_again) == (State.ACCEPTED, 1)
    assert len(sending_town.mails()) == 2


def test_an_answer_lost_for_a_confirmation_is_for_the_desk(sending_town: Town) -> None:
    sending_town.plan_faults(drop_after_data=1)
    sending_town.hear(confirmed(1))

    sending_town.run_jobs()

    assert sending_town.only().state is State.AMBIGUOUS


def test_a_mail_whose_lease_ran_out_before_it_left_stays_here(sending_town: Town, monkeypatch: Any) -> None:
    """The process was stopped and continued between marking the mail and sending it; another may have it by now."""
    sending_town.hear(offered(1))
    lanes = sending_town.sender._lanes
    begin = lanes.begin

    def begin_late(prepared: Prepared) -> None:
        monkeypatch.setattr("shared.jobs.boot_seconds", lambda: prepared.claim.lease_ends + 1)
        begin(prepared)

    lanes.begin = begin_late  # type: ignore[method-assign]
    sending_town.sender.step(sending_town.stop)

    assert sending_town.mails() == []
    assert sending_town.only().state is State.RENDERED


def test_who_lost_the_lease_to_another_records_nothing(sending_town: Town) -> None:
    sending_town.hear(offered(1))

    class Overtaken(Mailer):
        """Another process takes over while this one's mail is on its way."""

        def send(self, mail: Mail) -> Sent:
            sent = super().send(mail)
            sending_town.let_time_pass()
            sending_town.another_sender().step(sending_town.stop)
            return sent

    sending_town.another_sender(Overtaken).step(sending_town.stop)

    assert (sending_town.only().state, sending_town.only().sent_again) == (State.ACCEPTED, 1)
    assert len(sending_town.said(MessageAccepted)) == 1


def test_a_sender_told_to_stop_gives_back_what_it_has_not_sent(sending_town: Town) -> None:
    sending_town.hear(offered(1), offered(2), offered(3))
    stop = threading.Event()

    class Told(Mailer):
        """Its process is told to stop while it sends the first mail."""

        def send(self, mail: Mail) -> Sent:
            stop.set()
            return super().send(mail)

    sending_town.another_sender(Told).step(stop)
    after_stop = len(sending_town.mails())
    sending_town.run_jobs()

    assert after_stop == 1
    assert len(sending_town.mails()) == 3


def test_a_mail_server_that_is_away_loses_nothing(namespace: Namespace, tmp_path: Path) -> None:
    with town(namespace, tmp_path, SMTP_URL="smtp://127.0.0.1:9") as away:
        away.hear(person(1), announced(), cancelled(), offered(1))

        with pytest.raises(MailServerAway):
            away.run_jobs()

        assert (away.only().state, away.only().refusal_count) == (State.RENDERED, 0)


def test_who_was_told_after_the_backup_is_not_written_to_when_it_is_restored(sending_town: Town) -> None:
    """The database is as it was before the desk noted that somebody was told; the archive has been taken back since."""
    sending_town.hear(offered(1))
    sending_town.database.run(commands.note_told, message=sending_town.only().id, how="By telephone")
    sending_town.database.mongo[MESSAGES.name].delete_many({})
    sending_town.hear(offered(1))
    sending_town.database.mongo["events"].update_many({}, {"$set": {RECALLED: PENDING}})
    sending_town.database.recalled.look()

    try:
        sending_town.run_jobs()
    finally:
        sending_town.database.recalled.is_open = False

    assert sending_town.mails() == []
    assert (sending_town.only().state, sending_town.only().reason) == (State.TOLD, TOLD_BEFORE_BACKUP)
    assert len(sending_town.said(RecipientTold)) == 1
