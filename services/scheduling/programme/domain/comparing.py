"""What an import would do, told by comparing a draft's tables before and after: pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.scheduling.programme.domain.tables import COLUMNS, KEYS, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that is new, or that is another than before, with each cell as it was and as it is."""

    table: str
    key: str
    is_new: bool
    cells: Mapping[str, tuple[str, str]]  # by column: before, after

    def as_json(self) -> dict[str, Any]:
        """The effect as the API answers it."""
        cells = [{"column": column, "before": was, "after": is_} for column, (was, is_) in self.cells.items()]
        return {"table": self.table, "key": self.key, "is_new": self.is_new, "cells": cells}


def effects_of(before: Tables, after: Tables) -> tuple[Effect, ...]:
    """Everything that differs, table by table."""
    return tuple(effect for table in COLUMNS for effect in _of_table(table, before, after))


def digest_of_effects(effects: Iterable[Effect]) -> str:
    """A short name for exactly these effects, by which somebody says which ones they have seen."""
    document = json.dumps([each.as_json() for each in effects], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def _of_table(table: str, before: Tables, after: Tables) -> Iterable[Effect]:
    key = KEYS[table]
    known = {row.cells[key]: row.cells for row in before[table]}
    for row in after[table]:
        was: Mapping[str, str] = known.get(row.cells[key], {})
        cells = {
            column: (was.get(column, ""), row.cells.get(column, ""))
            for column in COLUMNS[table]
            if was.get(column, "") != row.cells.get(column, "") and column != key
        }
        if cells or row.cells[key] not in known:
            yield Effect(table=table, key=row.cells[key], is_new=row.cells[key] not in known, cells=cells)
