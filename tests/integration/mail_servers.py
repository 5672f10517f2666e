"""Mail servers of different tempers: they pipeline, refuse one step, are slow, hang up, ask for a password."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from services.notifications.delivery.domain.mail import Mail
from services.notifications.delivery.jobs.mailer import Mailer
from services.notifications.messages.domain.words import Words
from shared.settings import Settings

START_SECONDS = 10.0
HOLD_LOOK_SECONDS = 0.02
CERTIFICATE = Path(__file__).parent / "certificates" / "loopback.pem"  # with its key: secret to nobody


@dataclass
class Temper:
    """How a server behaves, and what it accepted."""

    refuses: dict[str, str] = field(default_factory=dict)  # answer by address
    refuses_content: str = ""
    pipelines: bool = False
    takes_utf8: bool = True
    has_tls: bool = False
    takes_passwords: bool = False
    delay_seconds: float = 0.0
    holds: threading.Event = field(default_factory=threading.Event)  # while set, the final dot gets no answer
    accepted: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    passwords: list[tuple[bytes, bool]] = field(default_factory=list)  # and whether it came encrypted
    content_count: int = 0
    connection_count: int = 0
    on_their_way: Counter[str] = field(default_factory=Counter)
    most_on_their_way: int = 0
    most_to_one_person: int = 0

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
        (recipient,) = envelope.rcpt_tos
        self._one_more(recipient, 1)
        self.content_count += 1
        await asyncio.sleep(self.delay_seconds)
        while self.holds.is_set():
            await asyncio.sleep(HOLD_LOOK_SECONDS)
        self._one_more(recipient, -1)
        if self.refuses_content:
            return self.refuses_content
        assert isinstance(envelope.content, bytes)
        self.accepted.append(envelope.content)
        self.recipients.append(recipient)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Take any password, and note how it came."""
        del server, envelope, mechanism
        self.passwords.append((getattr(data, "password", b""), session.ssl is not None))
        return AuthResult(success=True)

    def _one_more(self, recipient: str, count: int) -> None:
        self.on_their_way[recipient] += count
        self.most_on_their_way = max(self.most_on_their_way, self.on_their_way.total())
        self.most_to_one_person = max(self.most_to_one_person, self.on_their_way[recipient])


@contextmanager
def server(temper: Temper) -> Iterator[int]:
    """A mail server of this temper; its port."""
    loop = asyncio.new_event_loop()
    tls = _tls() if temper.has_tls else None

    def conversation() -> SMTP:
        return SMTP(
            temper,
            hostname="mail.test",
            enable_SMTPUTF8=temper.takes_utf8,
            loop=loop,
            tls_context=tls,
            authenticator=temper.authenticate if temper.takes_passwords else None,
            auth_require_tls=False,
        )

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


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def _close(listening: asyncio.Server) -> None:
    listening.close()
    conversations = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for conversation in conversations:
        conversation.cancel()
    await asyncio.gather(*conversations, return_exceptions=True)


def mailer(port: int, mail_from: str = "conference@reconvene.example", *, account: str = "", **settings: str) -> Mailer:
    """The door to this server."""
    given = {
        "MONGO_URL": "unused",
        "KAFKA_BOOTSTRAP_SERVERS": "unused",
        "SECRET_KEY": "of the tests",
        "SMTP_URL": f"smtp://{account}127.0.0.1:{port}",
        "MAIL_FROM": mail_from,
    }
    return Mailer(Settings.from_environment("notifications", given | settings))


def mail(to_address: str = "dana@millbrook.example", *, text: str = "Dear Dana") -> Mail:
    """A mail to Dana."""
    words = Words(subject="You are registered", text=text, html="<p>Dear Dana</p>", link="https://reconvene.example/x")
    return Mail(
        message="msg_0123",
        purpose="registration_confirmed",
        subject_id="reg_1",
        to_name="Dana",
        to_address=to_address,
        words=words,
    )
