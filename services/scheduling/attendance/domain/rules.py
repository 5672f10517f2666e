"""The rule tables as configuration: one for each scheme and year, read from a file and checked before anybody earns."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from services.scheduling.attendance.domain.presence import MissingOut
from shared.contracts.registration import PointsRule
from shared.settings import SettingMissing

OWN_FILE = Path(__file__).with_name("rules.toml")
VARIABLE = "POINTS_RULES"


class Rounding(StrEnum):
    """How points that are no whole step become one."""

    DOWN = "down"
    NEAREST = "nearest"


class Assess(StrEnum):
    """What must be shown besides having been there, the weakest first."""

    NONE = "none"
    CONFIRMATION = "confirmation"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a session is worth under one scheme, from one year on; see `rules.toml` for what each value means."""

    scheme: str
    title: str
    from_year: int
    minutes_per_point: int
    step: int
    rounding: Rounding
    floor: int
    presence_percent: int
    assessment: Assess = Assess.NONE
    levels: tuple[str, ...] = ()
    missing_out: MissingOut = MissingOut.SESSION_END

    def __post_init__(self) -> None:
        """A table that makes no sense is refused before it earns anybody a point."""
        if self.minutes_per_point < 1 or self.step < 1 or self.floor < 0 or not 1 <= self.presence_percent <= 100:
            raise SettingMissing(f"The rule of {self.scheme} from {self.from_year} makes no sense: {self}")

    def worth(self, minutes: int) -> int:
        """What so many approved minutes earn, in hundredths of a point."""
        whole, unit = max(minutes, 0) * 100, self.minutes_per_point * self.step
        steps = whole // unit if self.rounding is Rounding.DOWN else (2 * whole + unit) // (2 * unit)
        hundredths = steps * self.step
        return hundredths if hundredths >= self.floor else 0

    def needed_seconds(self, minutes: int) -> int:
        """How long somebody must have been there for so many minutes."""
        return -(-minutes * 60 * self.presence_percent // 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All tables, and a word that changes when any of them does."""

    tables: tuple[Rule, ...]
    digest: str

    def rule(self, scheme: str, year: int) -> Rule | None:
        """The table that holds for a scheme in a year: its own, or the last one before it."""
        held = [each for each in self.tables if each.scheme == scheme and each.from_year <= year]
        return max(held, key=lambda each: each.from_year, default=None)

    def with_points(self, said: Sequence[PointsRule]) -> "Rules":
        """These tables, with an association's own minutes for a point from the years on that it says.

        All else of a table stays as it is. A scheme that is in no table earns nothing.
        """
        if not said:
            return self
        years = {(each.scheme, each.from_year) for each in self.tables}
        years |= {(each.scheme, each.from_year) for each in said}
        tables = (self._own(scheme, year, said) for scheme, year in sorted(years) if scheme in self.titles)
        return _of(tuple(tables))

    def _own(self, scheme: str, year: int, said: Sequence[PointsRule]) -> Rule:
        first = min((each for each in self.tables if each.scheme == scheme), key=lambda each: each.from_year)
        known = self.rule(scheme, year) or first
        held = [each for each in said if each.scheme == scheme and each.from_year <= year]
        own = max(held, key=lambda each: each.from_year, default=known)
        return replace(known, from_year=year, minutes_per_point=own.minutes_per_point)

    @property
    def titles(self) -> dict[str, str]:
        """What the schemes are called."""
        return {each.scheme: each.title for each in sorted(self.tables, key=lambda each: each.from_year)}


def read(path: Path = OWN_FILE) -> Rules:
    """The tables of a file; raises `SettingMissing` with a sentence when it makes no sense."""
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        tables = msgspec.convert(document.get("rules", []), tuple[Rule, ...])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingMissing(f"The rules for points in {path} can't be read: {error}") from error
    if len({(each.scheme, each.from_year) for each in tables}) < len(tables):
        raise SettingMissing(f"{path} has two tables for one scheme and year; points follow exactly one.")
    return _of(tables)


def _of(tables: tuple[Rule, ...]) -> Rules:
    return Rules(tables=tables, digest=hashlib.sha256(msgspec.json.encode(tables)).hexdigest()[:16])


def from_environment(environment: Mapping[str, str]) -> Rules:
    """The tables that the environment names, or our own."""
    named = environment.get(VARIABLE)
    return read(Path(named)) if named else read()
