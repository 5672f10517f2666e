"""Owns how a page is looked at: on a telephone and on a desk's screen, for what overflows and for what some can't read.

The rules for accessible pages are axe's, fetched once and checked. Pictures are kept only where somebody wants them.
"""

import fcntl
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from deploy import npm
from deploy.town.engines.install import cache_folder

WIDTHS = (390, 1280)
HEIGHT = 844
PACKAGE = "axe-core"
CHECKSUM_FILE = npm.ROOT / "deploy" / "axe.sha256"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_WIDER_THAN_THE_SCREEN = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
_AXE = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"


@dataclass(frozen=True)
class Looking:
    """Looks at pages, and keeps a picture of each in a folder if there is one."""

    folder: Path | None

    def faults(self, page: Page, *, name: str) -> list[str]:
        """What is wrong with the page once it stands, in words; empty for a page that everybody can use."""
        page.wait_for_load_state()
        found = []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            sideways = page.evaluate(_WIDER_THAN_THE_SCREEN)
            if sideways > 0:
                found.append(f"at {width} px it scrolls sideways by {sideways} px")
            self._keep_picture(page, name=f"{name}-{width}.png")
        return found + _inaccessible(page)

    def _keep_picture(self, page: Page, *, name: str) -> None:
        if self.folder:
            page.screenshot(path=self.folder / name, full_page=True)


def _inaccessible(page: Page) -> list[str]:
    page.evaluate(_axe())
    violations: list[dict[str, Any]] = page.evaluate(_AXE, list(RULES))
    return [f"{each['id']}: {each['help']} ({_places(each)})" for each in violations]


def _places(violation: dict[str, Any]) -> str:
    return ", ".join(str(node["html"])[:120] for node in violation["nodes"][:3])


@cache
def _axe() -> str:
    """The rules as the script that looks for breaches of them."""
    kept = cache_folder() / f"axe-core-{npm.pinned_version(PACKAGE)}.js"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _fetch(kept)
    return kept.read_text()


def _fetch(kept: Path) -> None:
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="axe-fetch-") as scratch:
        package = npm.fetch(PACKAGE, checksum_file=CHECKSUM_FILE, into=Path(scratch))
        (package / "axe.min.js").rename(kept)
