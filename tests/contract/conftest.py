"""Owns the fixtures of this folder: the web sides of all services, with something behind each."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.contract.doors import Door, notifications_door, payments_door, registration_door, scheduling_door
from tests.integration.provider_fixtures import RunningProvider, shared_provider
from tests.namespaces import Namespace

__all__ = ["doors", "shared_provider"]


class Doors(Mapping[str, Door]):
    """The web side of each service, opened when the first test knocks at it."""

    def __init__(self, opening: Mapping[str, Callable[[], AbstractContextManager[Door]]], opened: ExitStack) -> None:
        self._opening = opening
        self._opened = opened
        self._doors: dict[str, Door] = {}

    def __getitem__(self, service: str) -> Door:
        if service not in self._doors:
            self._doors[service] = self._opened.enter_context(self._opening[service]())
        return self._doors[service]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opening)

    def __len__(self) -> int:
        return len(self._opening)


@pytest.fixture(scope="module")
def doors(
    module_namespace: Namespace, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Door]]:
    """The web side of each service."""

    def payments() -> AbstractContextManager[Door]:
        provider: RunningProvider = request.getfixturevalue("shared_provider")
        return payments_door(module_namespace, provider)

    opening: dict[str, Callable[[], AbstractContextManager[Door]]] = {
        "scheduling": lambda: scheduling_door(module_namespace),
        "registration": lambda: registration_door(module_namespace),
        "payments": payments,
        "notifications": lambda: notifications_door(module_namespace, tmp_path_factory.mktemp("mails")),
    }
    with ExitStack() as opened:
        yield Doors(opening, opened)
