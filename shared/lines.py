"""What somebody types or pastes, as they meant it, and what a line may not hold because nobody could see it there.

What a paste brings along and nobody sees is taken out. What can't be left out without changing what was meant is
refused, and the refusal names the character and its place.
"""

import unicodedata

from shared.sentences import Listed, Phrase, phrase

_BROUGHT_ALONG = frozenset(
    "\u00ad"  # where a word may be divided
    "\u180e\u200b\u2060\ufeff"  # spaces without width
    "\u200e\u200f\u061c"  # marks of a direction, which letters have by themselves
    "\u2061\u2062\u2063\u2064"  # signs of formulas that nobody sees
)
_JOINERS = frozenset("\u200c\u200d")  # they belong into Persian and Indic words, and into some pictures
_JOINED_FROM = 0x0590  # letters before this one are never joined
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # a name would be read backwards
_UNWRITABLE = ("Cc", "Cs")  # control characters, halves of characters
_BEFORE_LENGTH = 20


def as_meant(text: str) -> str:
    """The text without what came along with a paste: soft hyphens, and characters without width that do nothing."""
    seen = "".join(character for character in text if character not in _BROUGHT_ALONG)
    if _JOINERS.isdisjoint(seen):
        return seen
    return "".join(character for at, character in enumerate(seen) if character not in _JOINERS or _is_joining(seen, at))


def _is_joining(text: str, at: int) -> bool:
    """Whether both neighbours are of a script, or a picture, that is joined."""
    is_inside = 0 < at < len(text) - 1
    return is_inside and ord(text[at - 1]) >= _JOINED_FROM and ord(text[at + 1]) >= _JOINED_FROM


def what_is_wrong(text: str) -> Phrase | None:
    """Why this line can't be kept, for whoever typed it; None when it can. Letters of every script are fine, also
    those that are read from right to left by themselves."""
    for at, character in enumerate(text):
        if unicodedata.category(character) in _UNWRITABLE:
            return phrase("%(sign)s can't be written. Please type it again.", sign=placed(text, at))
        if character in _TURNING:
            return phrase(
                "%(sign)s can't be seen, and reverses the direction of reading. Please take it out, or type the line "
                "again.",
                sign=placed(text, at),
            )
    return None


def placed(text: str, at: int) -> Phrase:
    """Which character it is, and where: `The character after “Dana ” (U+202E, RIGHT-TO-LEFT OVERRIDE)`."""
    sign = Listed(tuple(each for each in (f"U+{ord(text[at]):04X}", _named(text[at])) if each))
    before = "".join(each for each in text[:at] if each.isprintable())[-_BEFORE_LENGTH:]
    if before:
        return phrase("The character after “%(before)s” (%(sign)s)", before=before, sign=sign)
    return phrase("The first character (%(sign)s)", sign=sign)


def _named(sign: str) -> str | Phrase:
    if unicodedata.category(sign) == "Cc":
        return phrase("a control character")
    return unicodedata.name(sign, "")
