"""The form of the files: JSON whose keys are known and whose values are of their kind; a refusal names the place."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from services.scheduling.solver.model import FileRefused

T = TypeVar("T")

FILE_SIZE_MAX_BYTES = 32 * 1024 * 1024  # a hundred times the largest congress we know
TEXT_LENGTH_MAX = 500
NUMBER_MAX = 1_000_000  # no room seats more
SHOWN_LENGTH_MAX = 60  # of a wrong value in a sentence


def load(path: Path) -> Any:
    """What a JSON file says; refused when it is missing, no text or no JSON."""
    try:
        if path.stat().st_size > FILE_SIZE_MAX_BYTES:
            raise FileRefused("", "the file is larger than 32 MiB, and no congress is.")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileRefused("", "this is not text in UTF-8.") from None
    except (OSError, ValueError) as error:  # a path with a zero byte in it is a wrong value
        reason = error.strerror if isinstance(error, OSError) else error
        raise FileRefused("", f"the file can't be read ({reason}).") from None
    return parsed(text)


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """What is refused inside the block is refused with the name of this file."""
    try:
        yield
    except FileRefused as refused:
        raise FileRefused(f"{path}, {refused.place}" if refused.place else str(path), refused.reason) from None


def parsed(text: str, *, place: str = "") -> Any:
    """What a JSON text says: no key twice, and no numbers that are none."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise FileRefused(place, f"the key {shown(twice)} is there twice.")
        return values

    def refuse_number(name: str) -> NoReturn:
        raise FileRefused(place, f"{name} is not a number.")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refuse_number)
    except json.JSONDecodeError as error:
        raise FileRefused(place, f"this is not JSON: {error}.") from None
    except RecursionError:
        raise FileRefused(place, "this is nested too deeply to be a congress.") from None
    except ValueError:  # a whole number of thousands of digits, which the language does not even read
        raise FileRefused(place, "a number in it is far too long.") from None


def shown(value: Any) -> str:
    """A value as the file has it, cut where it gets long."""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= SHOWN_LENGTH_MAX else f"{text[:SHOWN_LENGTH_MAX]}..."


@dataclass(frozen=True)
class Value:
    """One value of a file and the place where it stands, asked for its kind."""

    given: Any
    place: str

    def refuse(self, reason: str) -> NoReturn:
        """Refuse the file because of this value."""
        raise FileRefused(self.place, reason)

    def table(self, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> "Table":
        """This value as a table with these keys and no others."""
        if not isinstance(self.given, dict):
            self.refuse(f"{shown(self.given)} is not an object with named values.")
        for key in self.given:
            if key not in required + optional:
                known = ", ".join(required + optional)
                Value(None, self._inner(key)).refuse(f"this key is not known here; known are {known}.")
        for key in required:
            if key not in self.given:
                self.refuse(f'the key "{key}" is missing.')
        return Table(self.given, self.place)

    def items(self) -> Iterator["Value"]:
        """This value as a list."""
        if not isinstance(self.given, list):
            self.refuse(f"{shown(self.given)} is not a list.")
        for number, given in enumerate(self.given):
            yield Value(given, f"{self.place}[{number}]")

    def pair(self) -> tuple["Value", "Value"]:
        """This value as a list of two."""
        values = tuple(self.items())
        if len(values) != 2:
            self.refuse(f"{shown(self.given)} is not a pair.")
        return values[0], values[1]

    def named(self) -> Iterator[tuple[str, "Value"]]:
        """This value as a table whose keys are ids."""
        if not isinstance(self.given, dict):
            self.refuse(f"{shown(self.given)} is not an object with ids as keys.")
        for key, given in self.given.items():
            yield key, Value(given, self._inner(key))

    def text(self) -> str:
        """This value as a line of words."""
        given = self.given
        if not isinstance(given, str) or not given.isprintable() or len(given) > TEXT_LENGTH_MAX:
            self.refuse(f"{shown(given)} is not a line of up to {TEXT_LENGTH_MAX} characters.")
        return str(given)

    def name(self) -> str:
        """This value as the name of something, so not empty."""
        if not self.text().strip():
            self.refuse("a name can't be empty.")
        return self.text()

    def whole_number(self, *, least: int) -> int:
        """This value as a whole number."""
        if type(self.given) is not int:  # true is a number to the language, and not to a committee
            self.refuse(f"{shown(self.given)} is not a whole number.")
        if not least <= self.given <= NUMBER_MAX:
            self.refuse(f"{shown(self.given)} is not between {least} and {NUMBER_MAX}.")
        return int(self.given)

    def truth(self) -> bool:
        """This value as true or false."""
        if not isinstance(self.given, bool):
            self.refuse(f"{shown(self.given)} is neither true nor false.")
        return self.given

    def day(self) -> date:
        """This value as a day of the calendar."""
        given = self.given
        if not isinstance(given, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            self.refuse(f"{shown(given)} is not a day such as 2025-05-20.")
        try:
            return date.fromisoformat(given)
        except ValueError:
            self.refuse(f"{shown(given)} is not in the calendar.")

    def clock(self) -> time:
        """This value as a time of the day."""
        given = self.given
        if not isinstance(given, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", given):
            self.refuse(f"{shown(given)} is not a time of the day such as 13:30.")
        return time.fromisoformat(given)

    def _inner(self, key: str) -> str:
        key = key if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key) else shown(key)
        return f"{self.place}.{key}" if self.place else key


@dataclass(frozen=True)
class Table:
    """The named values of one object of the file."""

    values: dict[str, Any]
    place: str

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Value:
        place = f"{self.place}.{key}" if self.place else key
        return Value(self.values[key], place)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names, each of them once; a missing key is an empty list."""
        return tuple(once([(value, value.name()) for value in self.items(key)]))

    def items(self, key: str) -> list[Value]:
        """The values of a list; a missing key is an empty list."""
        return list(self[key].items()) if key in self else []

    def read(self, key: str, read: Callable[[Value], T], *, otherwise: T) -> T:
        """A value that may be missing."""
        return read(self[key]) if key in self else otherwise


def once(values: list[tuple[Value, str]]) -> list[str]:
    """The names in a list, refused where one is there a second time."""
    seen: set[str] = set()
    for value, name in values:
        if name in seen:
            value.refuse(f"{shown(name)} is there twice.")
        seen.add(name)
    return [name for _, name in values]
