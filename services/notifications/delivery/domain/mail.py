"""A mail as it travels: its headers, the words as text and as HTML, and the calendar files that go with it.

Owns what the bytes look like. Leaves handing them over to `mailer.py`.
"""

from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from hashlib import sha256

from services.notifications.messages.domain.words import CalendarFile, Words

LINE_LENGTH_MAX = 75  # of an encoded header word


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one recipient."""

    message: str
    purpose: str
    subject_id: str
    to_name: str
    to_address: str
    words: Words
    from_name: str = ""  # as whom it is sent; empty: the origin's
    answer_to: str = ""  # the address for answers; empty: the origin's


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who mails come from."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """Where Message-IDs are unique."""
        return self.address.rpartition("@")[2]


def content(mail: Mail, *, origin: Origin) -> bytes:
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
        "From": _mailbox(mail.from_name or origin.name, origin.address),
        "To": _mailbox(mail.to_name, mail.to_address),
        "Subject": _encoded(mail.words.subject, start=len("Subject: ")),
        "Date": formatdate(localtime=False),
        "Message-ID": f"<{mail.message}@{origin.domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Reconvene-Purpose": mail.purpose,
        "X-Reconvene-Subject": mail.subject_id,
        "X-Reconvene-Message": mail.message,
        "MIME-Version": "1.0",
        "Content-Type": whole.content_type,
    }
    if mail.answer_to:
        headers["Reply-To"] = _mailbox(mail.from_name or origin.name, mail.answer_to)
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
