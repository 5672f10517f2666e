"""A service is whole by itself: with `shared/` and nothing else beside it, it starts and is ready."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from deploy.town.ports import LOOPBACK, free_port
from shared.settings import SERVICES
from tests.namespaces import Namespace
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
DEADLINE_SECONDS = 60.0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_in_a_folder_with_nothing_else(service: str, namespace: Namespace, tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=ignored)
    shutil.copytree(ROOT / "services" / service, tmp_path / "services" / service, ignore=ignored)
    shutil.copy(ROOT / "services" / "__init__.py", tmp_path / "services")
    port = free_port()
    log = tmp_path / "log"

    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}"],
            cwd=tmp_path,
            env={**_environment(namespace), "PORT": str(port)},
            stdout=output,
            stderr=output,
        )
        try:
            address = f"http://{LOOPBACK}:{port}/{service}/ready"
            wait_until(lambda: _is_ready(address), DEADLINE_SECONDS, missing=lambda: log.read_text()[-2000:])
        finally:
            process.terminate()
            assert process.wait(30) == 0, log.read_text()[-2000:]


def _environment(namespace: Namespace) -> dict[str, str]:
    urls = {f"{name.upper()}_URL": f"http://{LOOPBACK}:1" for name in SERVICES}
    outside = {
        "STRIPE_API_KEY": "sk_test_nobody",
        "STRIPE_API_BASE": f"http://{LOOPBACK}:1",
        "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
        "SMTP_URL": f"smtp://{LOOPBACK}:1",
        "MAIL_FROM": "conference@association.example",
        "SECRET_KEY": "of the tests",
    }
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, **namespace.environment, **urls, **outside}


def _is_ready(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code == 200
    except requests.RequestException:
        return False
