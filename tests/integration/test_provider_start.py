"""Starting the local card provider: what stops it does so with one clear sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.provider_fixtures import RunningProvider


def _start(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.provider"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("PROVIDER_LIMITER", "perhaps"), ("PROVIDER_PORT", "http"), ("PROVIDER_FUNDS_DELAY_DAYS", "-1")],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    ended = _start(**{"PROVIDER_DATA": str(tmp_path), name: value})

    assert ended.returncode == 2
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_named(provider: RunningProvider, tmp_path: Path) -> None:
    ended = _start(PROVIDER_DATA=str(tmp_path), PROVIDER_PORT=str(provider.port))

    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{provider.port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = _start(PROVIDER_DATA=str(tmp_path / "file" / "folder"))

    assert ended.returncode == 1
    assert "cannot keep its records" in ended.stderr
    assert "Traceback" not in ended.stderr
