"""How people search a list: every word of theirs is in one of the fields, whatever its capitals and accents.

The database reads every document of the collection for it: a search is for thousands of them, not for millions.
"""

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

WORD_COUNT_MAX = 6  # more say nothing further, and cost as much each


def matching(query: str, *, fields: Sequence[str]) -> dict[str, Any]:
    """The condition that each word of the query is in one of these fields of the documents; empty for no words."""
    words = query.split()[:WORD_COUNT_MAX]
    if not words:
        return {}
    return {"$and": [{"$or": [{field: pattern(word)} for field in fields]} for word in words]}


def pattern(word: str) -> re.Pattern[str]:
    """`pena` as Peña, PENA and Peñalver are found by it; signs stand for themselves."""
    plain = "".join(each for each in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(each))
    return re.compile("".join(_written().get(letter, re.escape(letter)) for letter in plain), re.IGNORECASE)


@cache
def _written() -> Mapping[str, str]:
    """Each plain letter as it may be written with accents: a set of letters."""
    found: dict[str, list[str]] = {letter: [letter] for letter in string.ascii_lowercase}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letter = chr(code)
        first = unicodedata.normalize("NFD", letter)[0]
        if first.lower() in found and first != letter:
            found[first.lower()].append(letter)
    return {letter: f"[{''.join(written)}]" for letter, written in found.items()}
