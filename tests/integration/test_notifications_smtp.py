"""The SMTP conversation with servers of different tempers: they pipeline, refuse one step, are slow, or hang up."""

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifications import mailer as door
from services.notifications.known import Words
from services.notifications.mailer import End, Mail, Mailer, Sent
from shared.settings import Settings

START_SECONDS = 10.0


@dataclass
class Temper:
    """How a server behaves, and what it accepted."""

    refuses: dict[str, str] = field(default_factory=dict)  # answer by address
    pipelines: bool = False
    delay_seconds: float = 0.0
    accepted: list[bytes] = field(default_factory=list)
    connection_count: int = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        del server, envelope
        session.host_name = hostname
        self.connection_count += 1
        return [responses[0], *(["250-PIPELINING"] if self.pipelines else []), *responses[1:]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        envelope.mail_from = address
        return self.refuses.get(address, "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address not in self.refuses:
            envelope.rcpt_tos.append(address)
        return self.refuses.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        await asyncio.sleep(self.delay_seconds)
        assert isinstance(envelope.content, bytes)
        self.accepted.append(envelope.content)
        return "250 OK"


@contextmanager
def server(temper: Temper) -> Iterator[int]:
    """A mail server of this temper; its port."""
    loop = asyncio.new_event_loop()

    def conversation() -> SMTP:
        return SMTP(temper, hostname="mail.test", enable_SMTPUTF8=True, loop=loop)

    listening = loop.run_until_complete(loop.create_server(conversation, host="127.0.0.1", port=0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_close(listening), loop).result(START_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_SECONDS)
        loop.close()


async def _close(listening: asyncio.Server) -> None:
    listening.close()
    conversations = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for conversation in conversations:
        conversation.cancel()
    await asyncio.gather(*conversations, return_exceptions=True)


def mailer(port: int, mail_from: str = "conference@reconvene.example") -> Mailer:
    given = {
        "MONGO_URL": "unused",
        "KAFKA_BOOTSTRAP_SERVERS": "unused",
        "SECRET_KEY": "of the tests",
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_FROM": mail_from,
    }
    return Mailer(Settings.from_environment("notifications", given))


def mail(to_address: str = "dana@millbrook.example", *, text: str = "Dear Dana") -> Mail:
    words = Words(subject="You are registered", text=text, html="<p>Dear Dana</p>", link="https://reconvene.example/x")
    return Mail(
        message="msg_0123",
        purpose="registration_confirmed",
        subject_id="reg_1",
        to_name="Dana",
        to_address=to_address,
        words=words,
    )


@pytest.fixture(params=[False, True], ids=["one command at a time", "pipelining"])
def temper(request: pytest.FixtureRequest) -> Temper:
    """A server of either kind."""
    return Temper(pipelines=request.param)


def test_a_batch_goes_over_one_connection(temper: Temper) -> None:
    with server(temper) as port:
        sender = mailer(port)
        ends = [sender.send(mail(text=f"{number}\n.\n..dots")).end for number in range(3)]
        sender.close()

    assert ends == [End.ACCEPTED] * 3
    assert temper.connection_count == 1
    texts = [email.message_from_bytes(content, policy=email.policy.default) for content in temper.accepted]
    bodies = [text.get_body(("plain",)) for text in texts]
    lines = [body.get_content().splitlines() for body in bodies if body]
    assert lines == [[str(number), ".", "..dots"] for number in range(3)]


def test_a_refused_recipient_is_refused_alone(temper: Temper) -> None:
    temper.refuses["gone@millbrook.example"] = "550 5.1.1 gone@millbrook.example is unknown"
    with server(temper) as port:
        sender = mailer(port)
        ends = [sender.send(mail(address)) for address in ("gone@millbrook.example", "dana@millbrook.example")]
        sender.close()

    assert ends == [Sent(End.REFUSED, "550 5.1.1"), Sent(End.ACCEPTED)], "the reason names nobody"
    assert len(temper.accepted) == 1


def test_a_recipient_put_off_goes_later(temper: Temper) -> None:
    temper.refuses["dana@millbrook.example"] = "450 4.2.1 later"
    with server(temper) as port:
        sent = mailer(port).send(mail())

    assert sent == Sent(End.LATER, "450 4.2.1")


def test_a_sender_that_the_server_does_not_like_bounces_nobody(temper: Temper) -> None:
    temper.refuses["conference@reconvene.example"] = "553 5.7.1 not yours"
    with server(temper) as port:
        sent = mailer(port).send(mail())

    assert sent == Sent(End.LATER, "553 5.7.1")


def test_an_address_beyond_ascii_arrives(temper: Temper) -> None:
    with server(temper) as port:
        sent = mailer(port).send(mail("zoë@millbrook.example"))

    assert sent.end is End.ACCEPTED


def test_a_server_that_is_too_slow_leaves_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MAIL_SECONDS_MAX", 0.5)
    with server(Temper(delay_seconds=2.0)) as port:
        sent = mailer(port).send(mail())

    assert sent.end is End.IN_DOUBT


@pytest.mark.parametrize("answers", [lambda: 421, lambda: None], ids=["says so", "hangs up"])
def test_a_connection_closed_while_nothing_was_sent_is_opened_again(
    answers: Callable[[], int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers close what was idle for too long; the mail after that must not suffer."""
    temper = Temper()
    with server(temper) as port:
        sender = mailer(port)
        sender.open()
        assert sender._smtp is not None
        if answers():
            monkeypatch.setattr(sender._smtp, "getreply", lambda: (421, b"4.4.2 idle for too long"))
        else:
            assert sender._smtp.sock is not None
            sender._smtp.sock.shutdown(socket.SHUT_RDWR)
        sent = sender.send(mail())

    assert sent.end is End.ACCEPTED
    assert temper.connection_count == 2
