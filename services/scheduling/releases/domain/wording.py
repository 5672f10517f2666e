"""Whether a text was only put right or says something else: a typing error makes no news, another subject does."""

import re
from difflib import SequenceMatcher

ALIKE_MIN = 0.7  # of two words: "comittee" and "committee" are, "budget" and "records" are not
CORRECTED_SHARE_MAX = 0.1  # of the words of a text; at least one word may be put right

_WORD = re.compile(r"\w+")


def is_put_right(before: str, after: str) -> bool:
    """Whether somebody who has read the one need not read the other.

    Capitals and signs never count. Words may be put right, one in ten, each into one that is like it and has the same
    figures; a word more or less is another text.
    """
    old, new = _words(before), _words(after)
    if len(old) != len(new):
        return False
    corrected = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return len(corrected) <= max(1, int(len(new) * CORRECTED_SHARE_MAX)) and all(
        _are_alike(*each) for each in corrected
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _are_alike(one: str, other: str) -> bool:
    if [each for each in one if each.isdigit()] != [each for each in other if each.isdigit()]:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE_MIN
