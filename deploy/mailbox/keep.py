"""What the mailbox keeps: every accepted mail as it came, in one SQLite file that outlives a `kill -9`.

Owns the file and the questions asked of it. How mails arrive is `door.py`, how they look is `page.py`.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

PAGE_SIZE = 50
STREAM_BATCH_SIZE = 200  # mails read at a time when all of them are asked for
OWN_HEADERS_PREFIX = "x-reconvene-"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    accepted_at TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    headers TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mail_message_id ON mail (message_id);
"""
_COUNT_MATCHING = r"""
SELECT count(*) FROM mail
WHERE :search = '' OR recipients LIKE :pattern ESCAPE '\' OR subject LIKE :pattern ESCAPE '\'
"""
_PAGE_MATCHING = r"""
SELECT * FROM mail
WHERE (:search = '' OR recipients LIKE :pattern ESCAPE '\' OR subject LIKE :pattern ESCAPE '\')
  AND (:before IS NULL OR id < :before)
ORDER BY id DESC LIMIT :limit
"""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail, or a part that a calendar program acts on."""

    name: str
    content_type: str
    method: str  # of a calendar file: PUBLISH, REQUEST or CANCEL
    is_attached: bool  # else it is one of the mail's own forms, beside its words
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail as it was accepted: two of them may carry the same Message-ID."""

    id: int
    accepted_at: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The plain words of the mail, empty when it has none."""
        return _body(self._message(), content_type="text/plain")

    @property
    def html(self) -> str:
        """The mail's HTML, empty when it has none."""
        return _body(self._message(), content_type="text/html")

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that came with it, and the calendar parts among its own forms."""
        if not _MAY_HAVE_FILES.search(self.content):  # most mails have none, and taking one apart costs
            return ()
        parts = [part for part in self._message().walk() if _is_file(part)]
        return tuple(_attachment(part, number=number) for number, part in enumerate(parts, start=1))

    @property
    def header_lines(self) -> list[tuple[str, str]]:
        """All headers in their order, readable."""
        return [(name, _readable(value)) for name, value in self._message().items()]

    def _message(self) -> Message:
        # The older of the two parsers: seven times as fast on our mails, and a checker reads tens of thousands.
        return BytesParser(policy=policy.compat32).parsebytes(self.content)


@dataclass(frozen=True)
class Summary:
    """How many mails were accepted, how many different ones, and which came more than once."""

    mail_count: int
    message_id_count: int
    accepted_more_than_once: tuple[str, ...]


class Keep:
    """The mailbox on disk. Each call opens its own connection, so that any thread may ask."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "mailbox.sqlite3"
        with self._connected() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)

    def writer(self) -> "KeepWriter":
        """The one connection that adds mails."""
        return KeepWriter(self._connect())

    def mail(self, mail_id: int) -> Mail | None:
        """One mail by its number."""
        with self._connected() as connection:
            row = connection.execute("SELECT * FROM mail WHERE id = ?", (mail_id,)).fetchone()
        return None if row is None else _mail(row)

    def page(self, *, search: str = "", before: int | None = None) -> tuple[list[Mail], int, bool]:
        """The newest mails (before a number) that match, how many match in all, and whether older ones remain."""
        values = {"search": search, "pattern": _pattern(search), "before": before, "limit": PAGE_SIZE + 1}
        with self._connected() as connection:
            match_count = int(connection.execute(_COUNT_MATCHING, values).fetchone()[0])
            rows = connection.execute(_PAGE_MATCHING, values).fetchall()
        return [_mail(row) for row in rows[:PAGE_SIZE]], match_count, len(rows) > PAGE_SIZE

    def mails_after(self, mail_id: int) -> Iterator[Mail]:
        """Every mail accepted after a number, oldest first, a few at a time."""
        while rows := self._rows_after(mail_id):
            yield from (_mail(row) for row in rows)
            mail_id = int(rows[-1]["id"])

    def summary(self) -> Summary:
        """The counts that a checker needs; a mail without a Message-ID can't be known again."""
        with self._connected() as connection:
            counts = connection.execute("SELECT count(*), count(DISTINCT nullif(message_id, '')) FROM mail").fetchone()
            repeated = connection.execute(
                "SELECT message_id FROM mail WHERE message_id <> '' GROUP BY message_id HAVING count(*) > 1 ORDER BY 1"
            ).fetchall()
        return Summary(
            mail_count=int(counts[0]),
            message_id_count=int(counts[1]),
            accepted_more_than_once=tuple(str(row[0]) for row in repeated),
        )

    def _rows_after(self, mail_id: int) -> list[sqlite3.Row]:
        with self._connected() as connection:
            return connection.execute(
                "SELECT * FROM mail WHERE id > ? ORDER BY id LIMIT ?", (mail_id, STREAM_BATCH_SIZE)
            ).fetchall()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection, connection:
            yield connection


class KeepWriter:
    """Adds mails, one committed write each."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # In WAL mode a commit is in the file's journal before it returns: a killed process loses nothing. Waiting for
        # the disk as well would only help against a power cut, and no demo needs that.
        connection.execute("PRAGMA synchronous=NORMAL")
        self._connection = connection

    def add(self, *, content: bytes, sender: str, recipients: Sequence[str]) -> int:
        """Keep one mail and answer its number; when this returns the mail survives the process."""
        header = BytesHeaderParser(policy=policy.compat32).parsebytes(content)
        with self._connection:
            cursor = self._connection.execute(
                "INSERT INTO mail (accepted_at, message_id, sender, recipients, subject, headers, content)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    datetime.now(tz=UTC).isoformat(timespec="milliseconds"),
                    str(header.get("Message-ID", "")).strip(),
                    sender,
                    json.dumps(list(recipients)),
                    _readable(header.get("Subject", "")),
                    json.dumps(_own_headers(header)),
                    content,
                ),
            )
        return int(cursor.lastrowid or 0)

    def close(self) -> None:
        """Put the journal back into the file."""
        self._connection.close()


def _pattern(search: str) -> str:
    escaped = search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _mail(row: sqlite3.Row) -> Mail:
    return Mail(
        id=row["id"],
        accepted_at=row["accepted_at"],
        message_id=row["message_id"],
        sender=row["sender"],
        recipients=tuple(json.loads(row["recipients"])),
        subject=row["subject"],
        headers=json.loads(row["headers"]),
        content=row["content"],
    )


def _own_headers(header: Message) -> dict[str, str]:
    return {name: _readable(value) for name, value in header.items() if name.lower().startswith(OWN_HEADERS_PREFIX)}


def _readable(value: object) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(value)))).split())
    except (LookupError, UnicodeError, ValueError):  # a broken encoding is shown as it came
        return str(value)


def _body(message: Message, *, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_filename() is None:
            payload = part.get_payload(decode=True)
            return _decoded(payload if isinstance(payload, bytes) else b"", charset=part.get_content_charset("utf-8"))
    return ""


_MAY_HAVE_FILES = re.compile(rb"(?i)content-disposition|text/calendar")


def _is_file(part: Message) -> bool:
    return not part.is_multipart() and (part.get_filename() is not None or part.get_content_type() == "text/calendar")


def _attachment(part: Message, *, number: int) -> Attachment:
    payload = part.get_payload(decode=True)
    is_calendar = part.get_content_type() == "text/calendar"
    return Attachment(
        name=_readable(part.get_filename() or f"part-{number}{'.ics' if is_calendar else ''}"),
        content_type=part.get_content_type(),
        method=str(part.get_param("method", "")).upper() if is_calendar else "",
        is_attached=part.get_content_disposition() == "attachment",
        content=payload if isinstance(payload, bytes) else b"",
    )


def _decoded(payload: bytes, *, charset: str) -> str:
    try:
        text = payload.decode(charset, errors="replace")
    except LookupError:  # an unknown character set: show what can be shown
        text = payload.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n")
