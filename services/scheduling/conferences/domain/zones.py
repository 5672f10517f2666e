"""Time zones as people name them: which there are, and which somebody may have meant."""

from functools import cache
from zoneinfo import available_timezones

from shared.sentences import Listed, Phrase, phrase

# Some machines list these among the zones: what they mean differs by machine, or is nothing at all.
_OF_NO_PLACE = frozenset({"localtime", "Factory"})


@cache
def known_zones() -> frozenset[str]:
    """Every zone that means the same everywhere."""
    return frozenset(available_timezones()) - _OF_NO_PLACE


@cache
def offered_zones() -> tuple[str, ...]:
    """Those that a form offers: the ones named for a place."""
    return tuple(sorted(zone for zone in known_zones() if "/" in zone and not zone.startswith("Etc/")))


def zones_meant(text: str) -> tuple[str, ...]:
    """The zones that somebody may mean who writes `Paris`, `new york` or `europe/paris`."""
    written = "_".join(text.casefold().split())
    found = [zone for zone in offered_zones() if written in (zone.casefold(), zone.casefold().rpartition("/")[2])]
    return tuple(found) if written else ()


def zone_advice(text: str) -> Phrase:
    """What to write instead of a name that no zone has."""
    meant = zones_meant(text)
    if meant:
        return phrase("did you mean %(zones)s?", zones=Listed(meant))
    return phrase("take a name such as America/Chicago.")
