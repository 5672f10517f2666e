"""The door to the mail server: the only module that imports `smtplib`.

Owns the SMTP conversation and what its end means: taken, refused, later, not sent, or nobody knows. Keeps one
connection over a batch. Leaves to `jobs.py` when a mail may leave, and what is done about each end.
"""

import re
import smtplib
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate, parseaddr
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from services.notifications.known import CalendarFile, Words
from shared.clock import boot_seconds
from shared.settings import SettingMissing, Settings

CONNECT_SECONDS_MAX = 5.0
MAIL_SECONDS_MAX = 8.0  # from the first command to the last answer; well under a job's lease
LINE_LENGTH_MAX = 75  # of an encoded header word

_TRY_LATER = range(400, 500)
_CLOSING = 421  # it has had enough of this connection; the mail may go over another


class End(StrEnum):
    """How sending one mail ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    LATER = "later"  # not taken now
    NOT_SENT = "not_sent"  # the server is away; it has none of this mail
    IN_DOUBT = "in_doubt"  # the answer was lost after the mail had gone out


@dataclass(frozen=True, slots=True)
class Sent:
    """How it ended, and the server's codes: its sentence may name the recipient and is not kept."""

    end: End
    reason: str = ""


class MailServerAway(Exception):
    """No mail server answers; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one recipient."""

    message: str
    purpose: str
    subject_id: str
    to_name: str
    to_address: str
    words: Words


class Mailer:
    """Sends one mail at a time over a connection that it keeps, and opens again when it broke."""

    def __init__(self, settings: Settings) -> None:
        url = urlsplit(settings.required("SMTP_URL"))
        if url.scheme not in ("smtp", "smtps") or not url.hostname:
            raise SettingMissing(
                "SMTP_URL must be smtp://host:port or smtps://host:port, with user:password@ if needed."
            )
        self._is_secure = url.scheme == "smtps"
        self._host = url.hostname
        self._port = url.port or (465 if self._is_secure else 25)
        self._account = (unquote(url.username), unquote(url.password or "")) if url.username else None
        self._from_name, self._from_address = parseaddr(settings.required("MAIL_FROM"))
        if not _is_address(self._from_address):
            raise SettingMissing("MAIL_FROM must be an e-mail address, or a name with the address in <angle brackets>.")
        self._domain = self._from_address.rpartition("@")[2]
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Have a connection; raises `MailServerAway`."""
        if self._smtp is not None:
            return
        kind: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL if self._is_secure else smtplib.SMTP
        try:
            smtp = kind(self._host, self._port, local_hostname=_name_of_ours(self._domain), timeout=CONNECT_SECONDS_MAX)
            smtp.ehlo_or_helo_if_needed()
            if self._account:
                if not self._is_secure and smtp.has_extn("starttls"):
                    smtp.starttls()
                smtp.login(*self._account)
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerAway(type(error).__name__) from error
        self._smtp = smtp

    def close(self) -> None:
        """Say good-bye, or just leave."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()

    def send(self, mail: Mail) -> Sent:
        """Send one mail; a connection that broke before the mail went out is opened once more."""
        if not _is_address(mail.to_address):
            return Sent(End.REFUSED, "not an address")
        was_open = self._smtp is not None
        sent = self._try(mail)
        return self._try(mail) if sent.end is End.NOT_SENT and was_open else sent

    def _try(self, mail: Mail) -> Sent:
        deadline = boot_seconds() + MAIL_SECONDS_MAX
        try:
            self.open()
        except MailServerAway as away:
            return Sent(End.NOT_SENT, str(away))
        assert self._smtp is not None
        conversation = _Conversation(self._smtp, deadline=deadline)
        try:
            sent = conversation.hand_over(mail.to_address, sender=self._from_address, content=self.content(mail))
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Sent(End.IN_DOUBT if conversation.has_handed_over else End.NOT_SENT, type(error).__name__)
        if sent.end is not End.ACCEPTED:
            self._drop()  # answers to what was asked ahead may still come
        return sent

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def content(self, mail: Mail) -> bytes:
        """The mail as it travels: text, and the same as HTML. The same message has the same Message-ID, always."""
        mark = sha256(mail.message.encode()).hexdigest()[:24]
        words = mail.words
        alternatives = _Parts(
            f'multipart/alternative; boundary="part_{mark}"',
            f"part_{mark}",
            [
                _part(words.text, kind="plain"),
                _part(words.html, kind="html"),
                *(_calendar(file) for file in words.files if file.is_for_program),
            ],
        )
        attached = [_calendar(file) for file in words.files if not file.is_for_program]
        whole = alternatives
        if attached:
            inner = b"Content-Type: %s\r\n\r\n%s" % (alternatives.content_type.encode(), alternatives.body)
            whole = _Parts(f'multipart/mixed; boundary="all_{mark}"', f"all_{mark}", [inner, *attached])
        headers = {
            "From": _mailbox(self._from_name, self._from_address),
            "To": _mailbox(mail.to_name, mail.to_address),
            "Subject": _encoded(mail.words.subject, start=len("Subject: ")),
            "Date": formatdate(localtime=False),
            "Message-ID": f"<{mail.message}@{self._domain}>",
            "Auto-Submitted": "auto-generated",
            "X-Reconvene-Purpose": mail.purpose,
            "X-Reconvene-Subject": mail.subject_id,
            "X-Reconvene-Message": mail.message,
            "MIME-Version": "1.0",
            "Content-Type": whole.content_type,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("utf-8")
        return head + b"\r\n" + whole.body


@dataclass(frozen=True, slots=True)
class _Parts:
    """Several parts under one heading, with the fence between them."""

    content_type: str
    boundary: str
    parts: Sequence[bytes]

    @property
    def body(self) -> bytes:
        """The parts between their fences."""
        fence = f"--{self.boundary}".encode()
        return b"\r\n".join([*(fence + b"\r\n" + part for part in self.parts), fence + b"--\r\n"])


class _Conversation:
    """One mail's part of the SMTP conversation, under a deadline."""

    def __init__(self, smtp: smtplib.SMTP, *, deadline: float) -> None:
        self._smtp = smtp
        self._deadline = deadline
        self.has_handed_over = False  # from here on only the server knows

    def hand_over(self, recipient: str, *, sender: str, content: bytes) -> Sent:
        """Envelope, then content; raises what the connection raises."""
        option = "" if recipient.isascii() else " SMTPUTF8"
        if option and not self._smtp.has_extn("smtputf8"):
            return Sent(End.REFUSED, "the mail server can't take this kind of address")
        answers = self._ask(f"MAIL FROM:<{sender}>{option}", f"RCPT TO:<{recipient}>", "DATA")
        for asked, good, (code, answer) in zip(
            ("mail", "rcpt", "data"), ((250,), (250, 251), (354,)), answers, strict=False
        ):
            if code not in good:
                # The sender's address is ours: what the server has against it says nothing about the recipient.
                return Sent(End.LATER, _reason(code, answer)) if asked == "mail" else _refusal(code, answer)
        self._hurry()
        self.has_handed_over = True
        self._smtp.send(_DOT_AT_LINE_START.sub(b"..", content) + b".\r\n")
        code, answer = self._answer()
        return Sent(End.ACCEPTED) if code == 250 else _refusal(code, answer)

    def _ask(self, *commands: str) -> Iterator[tuple[int, bytes]]:
        """The answers to some commands, which are asked all at once where the server takes that: it saves ways."""
        lines = [f"{command}\r\n".encode() for command in commands]
        for written in [b"".join(lines)] if self._smtp.has_extn("pipelining") else lines:
            self._hurry()
            self._smtp.send(written)
            for _ in range(written.count(b"\r\n")):
                code, answer = self._answer()
                if code == _CLOSING:
                    raise smtplib.SMTPServerDisconnected("the mail server closes the connection")
                yield code, answer

    def _answer(self) -> tuple[int, bytes]:
        self._hurry()
        return self._smtp.getreply()

    def _hurry(self) -> None:
        left_seconds = self._deadline - boot_seconds()
        if left_seconds <= 0 or self._smtp.sock is None:
            raise TimeoutError("the mail server is too slow")
        self._smtp.sock.settimeout(left_seconds)


_DOT_AT_LINE_START = re.compile(rb"(?m)^\.")
_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})")


def _refusal(code: int, answer: bytes) -> Sent:
    if code not in range(400, 600):
        raise smtplib.SMTPResponseException(code, answer)
    return Sent(End.LATER if code in _TRY_LATER else End.REFUSED, _reason(code, answer))


def _reason(code: int, answer: bytes) -> str:
    enhanced = _ENHANCED.match(answer)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)


def _part(text: str, *, kind: str) -> bytes:
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    encoded = b2a_qp(lines.encode(), istext=True)
    return b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%s" % (
        kind.encode(),
        encoded,
    )


@lru_cache(maxsize=256)  # what goes with thousands of mails is the same in all of them
def _calendar(file: CalendarFile) -> bytes:
    """A file for calendars: a part that a mail program acts on, or an attachment."""
    named = "" if file.is_for_program else f'; name="{file.name}"'
    heading = f"Content-Type: text/calendar; charset=utf-8; method={file.method}{named}\r\n"
    if not file.is_for_program:
        heading += f'Content-Disposition: attachment; filename="{file.name}"\r\n'
    encoded = encodebytes(file.content.encode()).replace(b"\n", b"\r\n")
    return heading.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local) and bool(domain) and text.isprintable() and not any(each in text for each in ' <>(),;:"')


def _mailbox(name: str, address: str) -> str:
    name = _printable(name).strip()
    if not name:
        return f"<{address}>"
    is_plain = name.isascii() and not set(name) & set('()<>[]:;@\\,."')
    return f"{name if is_plain else _encoded(name, start=6, is_phrase=True)} <{address}>"


def _encoded(text: str, *, start: int, is_phrase: bool = False) -> str:
    """A header's words, folded; encoded where they are not plain ASCII, so that no server changes them."""
    text = _printable(text)
    if text.isascii() and not is_phrase and start + len(text) <= 900 and "=?" not in text:
        return text
    words, room = [], LINE_LENGTH_MAX - 20 - start
    while text:
        piece = text
        while len(piece.encode()) * 4 // 3 > max(room, 8):
            piece = piece[:-1]
        words.append(f"=?utf-8?b?{b64encode(piece.encode()).decode()}?=")
        text, room = text[len(piece) :], LINE_LENGTH_MAX - 20
    return "\r\n ".join(words)


def _printable(text: str) -> str:
    """The text without line breaks and other signs that would end a header."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


def _name_of_ours(domain: str) -> str:
    """What we call ourselves to the server: asking the system for a host name can take seconds."""
    return domain if domain.isascii() else "localhost"
