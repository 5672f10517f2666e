"""Owns what a request may say: reads the form, and holds it against the endpoint's table of parameters.

A parameter that is not in the table is refused, as at Stripe, so a misspelt name never passes unnoticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from deploy.provider.errors import INVALID_EMPTY, INVALID_INTEGER, MISSING_PARAMETER, UNKNOWN_PARAMETER, Refusal

Tree = dict[str, Any]

_METADATA_KEYS_MAX, _METADATA_KEY_LENGTH_MAX, _METADATA_VALUE_LENGTH_MAX = 50, 40, 500
_INTEGER_LENGTH_MAX = 18  # more digits than any amount or time has


class Parameter(Protocol):
    """One named thing a request may say."""

    @property
    def required(self) -> bool: ...

    def read(self, raw: Any, *, name: str) -> Any: ...


Table = Mapping[str, Parameter]


def read_form(text: str) -> Tree:
    """`a[b][0]=x` as nested dictionaries; `a[]=x` counts up by itself."""
    tree: Tree = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        node = tree
        for here, after in zip([first, *rest], rest, strict=False):
            node = node.setdefault(here or str(len(node)), {})
            if not isinstance(node, dict):
                raise Refusal(f"Invalid parameter {name}: '{after}' cannot follow a plain value.", param=name)
        node[rest[-1] or str(len(node)) if rest else first] = value
    return tree


def read_parameters(table: Table, raw: Tree, *, inside: str = "") -> Tree:
    """What was said, as values; a name the table does not know, or a required one that is missing, is refused."""
    for name in raw:
        if name not in table:
            path = _path(inside, name)
            raise Refusal(f"Received unknown parameter: {path}", code=UNKNOWN_PARAMETER, param=path)
    for name, parameter in table.items():
        if parameter.required and name not in raw:
            path = _path(inside, name)
            raise Refusal(f"Missing required param: {path}.", code=MISSING_PARAMETER, param=path)
    return {name: table[name].read(value, name=_path(inside, name)) for name, value in raw.items()}


def _path(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name


def _plain(raw: Any, *, name: str) -> str:
    if not isinstance(raw, str):
        raise Refusal(f"Invalid {name}: one plain value was expected.", param=name)
    if not raw:
        raise Refusal(f"You passed an empty string for '{name}'. Leave it out instead.", code=INVALID_EMPTY, param=name)
    return raw


@dataclass(frozen=True, slots=True)
class Text:
    required: bool = False
    length_max: int = 5000

    def read(self, raw: Any, *, name: str) -> str:
        text = _plain(raw, name=name)
        if len(text) > self.length_max:
            raise Refusal(f"Invalid {name}: at most {self.length_max} characters are allowed.", param=name)
        return text


@dataclass(frozen=True, slots=True)
class Integer:
    required: bool = False
    minimum: int = 0
    maximum: int | None = None

    def read(self, raw: Any, *, name: str) -> int:
        text = _plain(raw, name=name)
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _INTEGER_LENGTH_MAX):
            raise Refusal(f"Invalid integer: {text[:40]}", code=INVALID_INTEGER, param=name)
        number = int(text)
        if number < self.minimum:
            message = f"Invalid {name}: it must be {self.minimum} or more."
            raise Refusal(message, code=INVALID_INTEGER, param=name)
        if self.maximum is not None and number > self.maximum:
            message = f"Invalid {name}: it must be {self.maximum} or less."
            raise Refusal(message, code=INVALID_INTEGER, param=name)
        return number


@dataclass(frozen=True, slots=True)
class Number:
    """A plain decimal number, zero or more."""

    required: bool = False
    maximum: float = 1e6

    def read(self, raw: Any, *, name: str) -> float:
        text = _plain(raw, name=name)
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number <= self.maximum:
            raise Refusal(f"Invalid {name}: a number from 0 to {self.maximum:g} was expected.", param=name)
        return number


@dataclass(frozen=True, slots=True)
class Boolean:
    required: bool = False

    def read(self, raw: Any, *, name: str) -> bool:
        text = _plain(raw, name=name)
        if text not in {"true", "false"}:
            raise Refusal(f"Invalid boolean: {text[:40]}", param=name)
        return text == "true"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    required: bool = False

    def read(self, raw: Any, *, name: str) -> str:
        text = _plain(raw, name=name)
        if text not in self.words:
            raise Refusal(f"Invalid {name}: must be one of {', '.join(self.words)}", param=name)
        return text


@dataclass(frozen=True, slots=True)
class Fields:
    """A parameter made of named parts."""

    table: Table
    required: bool = False

    def read(self, raw: Any, *, name: str) -> Tree:
        if not isinstance(raw, dict):
            raise Refusal(f"Invalid object: {name} has named parts.", param=name)
        return read_parameters(self.table, raw, inside=name)


@dataclass(frozen=True, slots=True)
class Listed:
    """A parameter given several times over."""

    item: Parameter
    required: bool = False
    count_max: int = 100

    def read(self, raw: Any, *, name: str) -> list[Any]:
        if not isinstance(raw, dict) or not all(key.isdecimal() for key in raw):
            raise Refusal(f"Invalid array: {name} is a list.", param=name)
        if len(raw) > self.count_max:
            raise Refusal(f"Invalid array: {name} has at most {self.count_max} items.", param=name)
        return [self.item.read(raw[key], name=f"{name}[{key}]") for key in sorted(raw, key=int)]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The caller's own notes on an object; an empty value takes a note away, an empty whole takes all."""

    required: bool = False

    def read(self, raw: Any, *, name: str) -> dict[str, str] | None:
        if raw == "":
            return None
        if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
            raise Refusal(f"Invalid {name}: it holds plain names and values.", param=name)
        if len(raw) > _METADATA_KEYS_MAX:
            raise Refusal(f"Invalid {name}: at most {_METADATA_KEYS_MAX} names are kept.", param=name)
        for key, value in raw.items():
            if len(key) > _METADATA_KEY_LENGTH_MAX or len(value) > _METADATA_VALUE_LENGTH_MAX:
                raise Refusal(
                    f"Invalid {name}: a name has at most {_METADATA_KEY_LENGTH_MAX} characters "
                    f"and a value {_METADATA_VALUE_LENGTH_MAX}.",
                    param=_path(name, key),
                )
        return raw


def merge_metadata(before: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """The notes after a change: named ones are set or taken away, the others stay."""
    if given is None:
        return {}
    return {key: value for key, value in (before | given).items() if value}


@dataclass(frozen=True, slots=True)
class Span:
    """A time: one second exactly, or bounds."""

    required: bool = False
    bounds: Table = field(default_factory=lambda: {name: Integer() for name in ("gt", "gte", "lt", "lte")})

    def read(self, raw: Any, *, name: str) -> dict[str, int]:
        if isinstance(raw, dict):
            return read_parameters(self.bounds, raw, inside=name)
        return {"eq": Integer().read(raw, name=name)}
