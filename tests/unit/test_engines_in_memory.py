"""Where the tests' own engines keep their data: in memory where there is plenty, and nothing stays of killed tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import engines
from tests.engines import FOLDER_PREFIX, forget_the_dead, has_room_in_memory


def test_data_are_kept_in_memory_only_where_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not has_room_in_memory(tmp_path / "missing")

    monkeypatch.setattr(engines, "IN_MEMORY_BYTES", 1)
    assert has_room_in_memory(tmp_path)
    monkeypatch.setattr(engines, "IN_MEMORY_BYTES", 1024**5)
    assert not has_room_in_memory(tmp_path)


def test_what_killed_tests_left_behind_is_removed_and_what_others_use_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(60)
    dead, alive, other = (tmp_path / f"{FOLDER_PREFIX}{each}" for each in (f"{ended.pid}-a", f"{os.getpid()}-b", "c"))
    for folder in (dead, alive, other):
        (folder / "mongod").mkdir(parents=True)

    forget_the_dead(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted([alive, other])
