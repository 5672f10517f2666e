"""The codes by which people call sessions: the next free one of its kind."""

import re
from collections.abc import Collection, Mapping

from services.scheduling.programme.domain.programme import Kind

PREFIXES: Mapping[Kind, str] = {
    Kind.GENERAL: "G",
    Kind.CONCURRENT: "C",
    Kind.ACADEMY: "A",
    Kind.DIALOGUE: "D",
    Kind.REGION: "R",
    Kind.ROUND_TABLE: "T",
    Kind.ORIENTATION: "O",
    Kind.EXHIBIT: "E",
    Kind.SOCIAL: "S",
    Kind.BREAK: "B",
    Kind.PLENARY: "PL",  # P-1 would read as a proposal
}


def next_code(kind: Kind, taken: Collection[str]) -> str:
    """`C-73` after `C-72`: behind the highest number that its kind has."""
    prefix = PREFIXES[kind]
    numbers = [int(found[1]) for each in taken if (found := re.fullmatch(rf"{prefix}-([0-9]{{1,6}})", each))]
    return f"{prefix}-{max(numbers, default=0) + 1:02}"
