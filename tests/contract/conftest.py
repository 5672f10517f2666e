"""Owns the fixtures of this folder: the web sides of all services, with something behind each."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.doors import Door, notifications_door, payments_door, registration_door, scheduling_door
from tests.integration.provider_fixtures import RunningProvider, shared_provider
from tests.namespaces import Namespace

__all__ = ["doors", "shared_provider"]


@pytest.fixture(scope="module")
def doors(
    module_namespace: Namespace, shared_provider: RunningProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Door]]:
    """The web side of each service."""
    with ExitStack() as opened:
        yield {
            door.service: door
            for door in (
                opened.enter_context(scheduling_door(module_namespace)),
                opened.enter_context(registration_door(module_namespace)),
                opened.enter_context(payments_door(module_namespace, shared_provider)),
                opened.enter_context(notifications_door(module_namespace, tmp_path_factory.mktemp("mails"))),
            )
        }
