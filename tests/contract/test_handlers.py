"""Under which name it is kept what each handler has heard: one called otherwise would be given all of it again."""

from importlib import import_module
from pathlib import Path

from shared.hearing import names_of
from shared.settings import SERVICES

NAMES = Path(__file__).with_name("handlers.txt")


def test_no_handler_has_lost_the_name_under_which_it_is_known() -> None:
    """A new handler gets a line in `handlers.txt`; one of a renamed part a migration (`shared/heard_before.py`) too."""
    names = sorted(
        f"{service} {name}"
        for service in SERVICES
        for source in SERVICES
        for name in names_of(import_module(f"services.{service}.parts").MANIFEST.handlers, service=source)
    )

    assert NAMES.read_text().splitlines() == names
