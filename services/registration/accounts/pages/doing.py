"""Doing what is asked of accounts once: each command sets a state, so that asking twice is asking once."""

from collections.abc import Callable
from typing import Any

from shared.contracts.flow import declaration
from shared.mongo import Database


def do(database: Database, asked: Callable[..., Any], /, **arguments: Any) -> Any:
    """Run a command in a transaction; raises whatever it refuses."""
    declared = declaration(asked)
    if declared is None:
        raise TypeError(f"{asked.__name__} is not declared as a command")
    return database.transact(lambda unit: asked(unit, **arguments), emits=declared.emits)
