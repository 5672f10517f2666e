"""Owns how the provider remembers: one SQLite file, one writer at a time, readers that never wait.

Leaves what is remembered to `schema` and what it means to `objects`. A process killed at any moment loses nothing that
was answered: in write-ahead mode each commit has reached the operating system before the answer leaves.
"""

# ruff: noqa: S608 - the names of tables and columns put into statements come from `schema`, never from a request.

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.provider.identifiers import new_id
from deploy.provider.schema import KINDS, PREFIXES, statements

Body = dict[str, Any]

_STATEMENT_CACHE_SIZE = 256


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, newest first, and whether more follows in the direction that was asked for."""

    bodies: list[str]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that all hold, with the values they name."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def also(self, condition: str, *values: Any) -> "Where":
        return Where((*self.conditions, condition), (*self.values, *values))

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions) or "TRUE"


class Records:
    """The objects, read and written through one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def add(self, body: Body) -> int:
        """A new object, and its place in the order of creation."""
        table = KINDS[body["object"]].table
        cursor = self.execute(f"INSERT INTO {table} (id, body) VALUES (?, ?)", (body["id"], to_json(body)))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def put(self, body: Body) -> None:
        """An object that was there before, as it is now."""
        table = KINDS[body["object"]].table
        self.execute(f"UPDATE {table} SET body = ? WHERE id = ?", (to_json(body), body["id"]))

    def find(self, kind: str, object_id: str) -> Body | None:
        text = self.value(f"SELECT body FROM {KINDS[kind].table} WHERE id = ?", (object_id,))
        return json.loads(text) if text else None

    def find_by_prefix(self, object_id: str) -> Body | None:
        """The object of whatever kind its id begins with."""
        kind = next((kind for prefix, kind in PREFIXES.items() if object_id.startswith(prefix)), None)
        return self.find(kind, object_id) if kind else None

    def sequence(self, kind: str, object_id: str) -> int | None:
        found: int | None = self.value(f"SELECT sequence FROM {KINDS[kind].table} WHERE id = ?", (object_id,))
        return found

    def newest_first(self, kind: str, *, where: Where, limit: int) -> Page:
        return self._page(kind, where=where, order="DESC", limit=limit)

    def just_newer(self, kind: str, *, where: Where, limit: int) -> Page:
        """The objects right after a cursor, still told newest first."""
        page = self._page(kind, where=where, order="ASC", limit=limit)
        return Page(page.bodies[::-1], page.has_more)

    def in_order(self, kind: str, *, after: int, limit: int) -> list[tuple[int, str]]:
        """The next objects in order of creation, each with its place in it."""
        sql = f"SELECT sequence, body FROM {KINDS[kind].table} WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return self.execute(sql, (after, limit)).fetchall()

    def count(self, kind: str) -> int:
        return int(self.value(f"SELECT COUNT(*) FROM {KINDS[kind].table}"))

    def _page(self, kind: str, *, where: Where, order: str, limit: int) -> Page:
        sql = f"SELECT body FROM {KINDS[kind].table} WHERE {where.sql} ORDER BY sequence {order} LIMIT ?"
        bodies = [row[0] for row in self.execute(sql, (*where.values, limit + 1))]
        return Page(bodies[:limit], len(bodies) > limit)

    def setting(self, name: str) -> str | None:
        found: str | None = self.value("SELECT value FROM setting WHERE name = ?", (name,))
        return found

    def keep_setting(self, name: str, value: str) -> None:
        self.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """What was written inside is taken back when it ends in an exception; the rest of the transaction stays."""
        self.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO attempt")
            raise
        finally:
            self.execute("RELEASE attempt")


class Store:
    """The file, its one writer and its readers."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "provider.sqlite3"
        self._write_lock = threading.Lock()
        self._readers = threading.local()
        self._writer = self._connect()
        for statement in statements():
            self._writer.execute(statement)

    @contextmanager
    def writing(self) -> Iterator[Records]:
        """One transaction: it is kept as a whole when the block ends well, and not at all otherwise."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield Records(self._writer)
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """One moment's view, which a writer at work neither changes nor delays."""
        connection = self._reader()
        connection.execute("BEGIN")
        try:
            yield Records(connection)
        finally:
            connection.execute("COMMIT")

    def close(self) -> None:
        with self._write_lock:
            self._writer.close()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._readers.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENT_CACHE_SIZE
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 10000")
        return connection


def to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def id_for(kind: str) -> str:
    """A fresh id of that kind."""
    return new_id(KINDS[kind].prefix)
