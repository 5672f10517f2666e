"""The door to the mail server: the only module that imports `smtplib`.

Owns the SMTP conversation and what its end means: taken, refused, later, not sent, or nobody knows. Keeps one
connection over many mails. Leaves to `sender.py` when a mail may leave, and what is done about each end.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from services.notifications.delivery.domain.mail import Mail, Origin, content
from shared.mail_address import with_ascii_domain
from shared.settings import SettingMissing, Settings

# How long each step may take, by RFC 5321, 4.5.3.2. The last is the long one: who gives up there while the server is
# still at work has it take the mail again, and again.
CONNECT_SECONDS_MAX = 60.0
ANSWER_SECONDS_MAX = 300.0
CONTENT_SECONDS_MAX = 180.0
LAST_ANSWER_SECONDS_MAX = 600.0

_TRY_LATER = range(400, 500)
_CLOSING = 421  # it has had enough of this connection; the mail may go over another
_NO_SERVICE = 554  # to a recipient, before any content: a rule against whoever connects


class End(StrEnum):
    """How sending one mail ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    LATER = "later"  # not taken now
    AGAINST_RULES = "against_rules"  # a rule of the server's is against us: it says nothing about the recipient
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
class Server:
    """Where the mail server is, and how it is spoken to."""

    host: str
    port: int
    account: tuple[str, str] | None
    is_tls_from_start: bool
    is_plain: bool  # a server on this machine, spoken to in clear because the settings say so
    certificates: str | None  # of whom to trust, beside those that the system trusts

    @classmethod
    def of(cls, settings: Settings) -> "Server":
        """Read it from the settings; raises `SettingMissing`."""
        url = urlsplit(settings.required("SMTP_URL"))
        if url.scheme not in ("smtp", "smtps") or not url.hostname:
            raise SettingMissing(
                "SMTP_URL must be smtp://host:port or smtps://host:port, with user:password@ if needed."
            )
        is_tls_from_start = url.scheme == "smtps"
        return cls(
            host=url.hostname,
            port=url.port or (465 if is_tls_from_start else 25),
            account=(unquote(url.username), unquote(url.password or "")) if url.username else None,
            is_tls_from_start=is_tls_from_start,
            is_plain=_is_plain(settings, host=url.hostname, is_tls_from_start=is_tls_from_start),
            certificates=settings.environment.get("SMTP_CA_FILE") or None,
        )


class Mailer:
    """Sends one mail at a time over a connection that it keeps, and opens again when it broke."""

    def __init__(self, settings: Settings) -> None:
        self._server = Server.of(settings)
        name, address = parseaddr(settings.required("MAIL_FROM"))
        written = with_ascii_domain(address)
        if written is None or not _is_address(written):
            raise SettingMissing("MAIL_FROM must be an e-mail address, or a name with the address in <angle brackets>.")
        self._origin = Origin(name=name, address=written)
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as anybody knows."""
        return self._smtp is not None

    def open(self) -> None:
        """Have a connection; raises `MailServerAway`."""
        if self._smtp is None:
            try:
                self._smtp = _connected(self._server, name=self._origin.domain)
            except (smtplib.SMTPException, OSError) as error:
                raise MailServerAway(_why_away(error)) from error

    def close(self) -> None:
        """Say good-bye, or just leave."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()

    def break_off(self) -> None:
        """End the conversation wherever it is; whoever waits for an answer learns that none comes."""
        sock = getattr(self._smtp, "sock", None)
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the socket's own: an encrypted one is being read from

    def send(self, mail: Mail) -> Sent:
        """Send one mail; a connection that broke before the mail went out is opened once more."""
        address = with_ascii_domain(mail.to_address)
        if address is None or not _is_address(address):
            return Sent(End.REFUSED, "not an address")
        mail = replace(mail, to_address=address)
        was_open = self._smtp is not None
        sent = self._try(mail)
        return self._try(mail) if sent.end is End.NOT_SENT and was_open else sent

    def _try(self, mail: Mail) -> Sent:
        try:
            self.open()
        except MailServerAway as away:
            return Sent(End.NOT_SENT, str(away))
        assert self._smtp is not None
        conversation = _Conversation(self._smtp)
        try:
            sent = conversation.hand_over(
                mail.to_address, sender=self._origin.address, content=content(mail, origin=self._origin)
            )
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


class _NoSecrecy(smtplib.SMTPException):
    """The server offers no encryption, and our password never travels in clear."""


def _connected(server: Server, *, name: str) -> smtplib.SMTP:
    """A connection on which mails may be handed over."""
    ours = name if name.isascii() else "localhost"  # asking the system for a host name can take seconds
    if server.is_tls_from_start:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, ours, timeout=CONNECT_SECONDS_MAX, context=_trusting(server)
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, ours, timeout=CONNECT_SECONDS_MAX)
    try:
        smtp.ehlo_or_helo_if_needed()
        if not server.is_tls_from_start and not server.is_plain:
            _encrypt(smtp, server)
        if server.account:
            smtp.login(*server.account)
    except (smtplib.SMTPException, OSError):
        smtp.close()
        raise
    return smtp


def _encrypt(smtp: smtplib.SMTP, server: Server) -> None:
    if smtp.has_extn("starttls"):
        smtp.starttls(context=_trusting(server))
        smtp.ehlo()
    elif server.account:
        raise _NoSecrecy


def _trusting(server: Server) -> ssl.SSLContext:
    """Who answers must prove to be the server that the settings name."""
    context = ssl.create_default_context()
    if server.certificates:
        context.load_verify_locations(server.certificates)
    return context


def _why_away(error: Exception) -> str:
    """A server's own code where it gave one, since a rule against us looks like an absence."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


class _Conversation:
    """One mail's part of the SMTP conversation; each answer is waited for as long as it may take."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self.has_handed_over = False  # from here on only the server knows

    def hand_over(self, recipient: str, *, sender: str, content: bytes) -> Sent:
        """Envelope, then content; raises what the connection raises."""
        option = "" if recipient.isascii() else " SMTPUTF8"
        if option and not self._smtp.has_extn("smtputf8"):
            return Sent(End.REFUSED, "the mail server can't take letters like these before the @")
        answers = self._ask(f"MAIL FROM:<{sender}>{option}", f"RCPT TO:<{recipient}>", "DATA")
        for asked, good, (code, answer) in zip(
            ("mail", "rcpt", "data"), ((250,), (250, 251), (354,)), answers, strict=False
        ):
            if code not in good:
                return _refused_envelope(asked, code, answer)
        self._wait_at_most(CONTENT_SECONDS_MAX)
        self.has_handed_over = True
        self._smtp.send(_DOT_AT_LINE_START.sub(b"..", content) + b".\r\n")
        code, answer = self._answer(LAST_ANSWER_SECONDS_MAX)
        return Sent(End.ACCEPTED) if code == 250 else _refusal(code, answer)

    def _ask(self, *commands: str) -> Iterator[tuple[int, bytes]]:
        """The answers to some commands, which are asked all at once where the server takes that: it saves ways."""
        lines = [f"{command}\r\n".encode() for command in commands]
        for written in [b"".join(lines)] if self._smtp.has_extn("pipelining") else lines:
            self._wait_at_most(CONTENT_SECONDS_MAX)
            self._smtp.send(written)
            for _ in range(written.count(b"\r\n")):
                code, answer = self._answer(ANSWER_SECONDS_MAX)
                if code == _CLOSING:
                    raise smtplib.SMTPServerDisconnected("the mail server closes the connection")
                yield code, answer

    def _answer(self, seconds_max: float) -> tuple[int, bytes]:
        self._wait_at_most(seconds_max)
        return self._smtp.getreply()

    def _wait_at_most(self, seconds: float) -> None:
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self._smtp.sock.settimeout(seconds)


_DOT_AT_LINE_START = re.compile(rb"(?m)^\.")
_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})")


def _refused_envelope(asked: str, code: int, answer: bytes) -> Sent:
    """What a refusal before any content means: the sender's address is ours, and so is whoever connects."""
    is_about_us = asked == "mail" or code == _NO_SERVICE
    refusal = _refusal(code, answer)
    return replace(refusal, end=End.AGAINST_RULES) if is_about_us and refusal.end is End.REFUSED else refusal


def _refusal(code: int, answer: bytes) -> Sent:
    if code not in range(400, 600):
        raise smtplib.SMTPResponseException(code, answer)
    reason = _reason(code, answer)
    if code in _TRY_LATER:
        return Sent(End.LATER, reason)
    return Sent(End.AGAINST_RULES if " 5.7." in reason else End.REFUSED, reason)


def _reason(code: int, answer: bytes) -> str:
    enhanced = _ENHANCED.match(answer)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local) and bool(domain) and text.isprintable() and not any(each in text for each in ' <>(),;:"')


def _is_plain(settings: Settings, *, host: str, is_tls_from_start: bool) -> bool:
    """Whether the settings allow speaking in clear, which they can for a server on this machine alone."""
    said = settings.environment.get("SMTP_TLS", "verified") or "verified"
    if said not in ("verified", "plain"):
        raise SettingMissing(f"SMTP_TLS must be verified or plain, not {said!r}.")
    if said == "plain" and (is_tls_from_start or not _is_loopback(host)):
        raise SettingMissing(
            "SMTP_TLS=plain is for a mail server on this machine, with an SMTP_URL such as smtp://127.0.0.1:25. "
            "To any other, passwords and mails travel encrypted; SMTP_CA_FILE names certificates of your own."
        )
    return said == "plain"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
