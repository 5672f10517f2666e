"""Owns the town and the browser of these tests: one of each for all of them, and fresh visitors for every test.

The fixtures end with this folder: the browser's driver leaves a running event loop behind, which other tests must not
meet.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from deploy.acceptance import loading
from deploy.acceptance.loading import Loaded
from deploy.acceptance.story import load_story
from deploy.browser import ARGUMENTS, chromium_environment, chromium_path
from deploy.town import clocks
from deploy.town.calls import Caller, Deadline
from tests.e2e.looking import Looking
from tests.e2e.scene import Cancelled, Scene, cancel_symposium
from tests.engines import TestEngines
from tests.running_towns import running_town

STORY = Path(__file__).with_name("symposium.toml")
LOADING_SECONDS_MAX = 120.0
PATIENCE_MS = 30_000  # what is told by events arrives in well under a second; a busy machine may take its time

Visitor = Callable[[], Page]


@pytest.fixture(scope="package")
def opened(engines: TestEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scene, Loaded]]:
    """A town with a small symposium in it, on the morning of Thursday 9 April 2020."""
    with running_town(engines, tmp_path_factory.mktemp("town")) as town:
        caller = Caller(Deadline(LOADING_SECONDS_MAX))
        story = load_story(STORY)
        loaded = loading.load(story, addresses=town.addresses, caller=caller, say=lambda _: None)
        clocks.move(town.addresses, caller, to=clocks.opening(story.cancelled_on, zone=story.zone))
        yield Scene(town.addresses, front=town.wiring.front_url, wiring=town.wiring), loaded


@pytest.fixture(scope="package")
def scene(opened: tuple[Scene, Loaded]) -> Scene:
    """The town as tests prepare it: by its services' own doors."""
    return opened[0]


@pytest.fixture(scope="package")
def symposium(opened: tuple[Scene, Loaded]) -> Cancelled:
    """The symposium, cancelled: some have chosen the refund, one card did not take it, others are yet to choose."""
    scene, loaded = opened
    return cancel_symposium(scene, loaded)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; every visitor has cookies of their own."""
    environment: dict[str, str | float | bool] = {**chromium_environment()}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS], env=environment)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Lets somebody sit down at a browser of their own: `visit()`, `visit(java_script_enabled=False)`, or
    `visit(locale="fr-CA")`."""
    contexts: list[BrowserContext] = []

    def sit_down(*, java_script_enabled: bool = True, locale: str = "en-US") -> Page:
        context = chromium.new_context(
            java_script_enabled=java_script_enabled, locale=locale, viewport={"width": 1280, "height": 800}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        return context.new_page()

    yield sit_down
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def looking() -> Looking:
    """How pages are looked at; screenshots are kept in the folder that SCREENSHOTS names."""
    named = os.environ.get("SCREENSHOTS")
    return Looking(folder=Path(named) if named else None)
