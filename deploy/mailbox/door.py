"""The mailbox's SMTP side: takes a mail, has it kept, and only then says "250".

Owns the conversation and the faults that a test may ask for. It never sends a mail on.
"""

import asyncio
import threading
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.mailbox.keep import KeepWriter

DATA_SIZE_MAX_BYTES = 10 * 1024 * 1024
START_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Faults:
    """What goes wrong with the next mails: dropped after being kept, or refused with a code and not kept."""

    drop_after_data: int = 0
    refuse: int = 0
    code: int = 451


class FaultsPlanned:
    """The faults still to come; the page plans them and the door takes them, each in its own thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults = Faults()

    def plan(self, faults: Faults) -> None:
        """From now on these faults, instead of those planned before."""
        with self._lock:
            self._faults = faults

    def left(self) -> Faults:
        """The faults that have not happened yet."""
        with self._lock:
            return self._faults

    def take_refusal(self) -> int | None:
        """The code to refuse this mail with, once per planned refusal."""
        with self._lock:
            faults = self._faults
            if faults.refuse == 0:
                return None
            self._faults = Faults(drop_after_data=faults.drop_after_data, refuse=faults.refuse - 1, code=faults.code)
            return faults.code

    def take_drop(self) -> bool:
        """Whether this mail's sender is left without an answer, once per planned drop."""
        with self._lock:
            faults = self._faults
            if faults.drop_after_data == 0:
                return False
            self._faults = Faults(drop_after_data=faults.drop_after_data - 1, refuse=faults.refuse, code=faults.code)
            return True


class Receiver:
    """Answers the end of a mail's data."""

    def __init__(self, *, writer: KeepWriter, faults: FaultsPlanned) -> None:
        self._writer = writer
        self._faults = faults

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 (aiosmtpd's)
        """Keep the mail, then accept it: the other order would promise what a crash could break."""
        refusal_code = self._faults.take_refusal()
        if refusal_code is not None:
            return f"{refusal_code} The mailbox was asked to refuse this mail; it was not kept"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail_id = self._writer.add(content=content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        if self._faults.take_drop():
            _hang_up(server)
        return f"250 Kept as mail {mail_id}"


class MailDoor:
    """The listening SMTP server, in a thread of its own."""

    def __init__(self, *, host: str, port: int, receiver: Receiver) -> None:
        self._host = host
        self._receiver = receiver
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._loop.create_server(self._conversation, host=host, port=port))
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further mail; what was accepted is kept."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_TIMEOUT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_TIMEOUT_SECONDS)
        self._loop.close()

    def _conversation(self) -> SMTP:
        return SMTP(
            self._receiver,
            data_size_limit=DATA_SIZE_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox.localhost",  # asking the system for its own name can take seconds
            ident="Reconvene local mailbox",
            loop=self._loop,
        )

    async def _close(self) -> None:
        self._server.close()
        conversations = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


def _hang_up(server: SMTP) -> None:
    transport = server.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
    raise ConnectionResetError("the mailbox was asked to drop this connection after keeping the mail")
