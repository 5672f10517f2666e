"""What somebody types or pastes, as they meant it, and what a line may not hold because nobody could see it there.

What a paste brings along and nobody sees is taken out. What can't be left out without changing what was meant is
refused, and the refusal names the character and its place.
"""

import unicodedata

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


def what_is_wrong(text: str) -> str:
    """Why this line can't be kept, for whoever typed it; empty when it can. Letters of every script are fine, also
    those that are read from right to left by themselves."""
    for at, character in enumerate(text):
        if unicodedata.category(character) in _UNWRITABLE:
            return f"{placed(text, at)} can't be written. Please type it again."
        if character in _TURNING:
            return (
                f"{placed(text, at)} can't be seen, and turns the direction of reading. "
                "Please take it out, or type the line again."
            )
    return ""


def placed(text: str, at: int) -> str:
    """Which character it is, and where: `The character after “Dana ” (U+202E, RIGHT-TO-LEFT OVERRIDE)`."""
    name = unicodedata.name(text[at], "a control character" if unicodedata.category(text[at]) == "Cc" else "")
    before = "".join(each for each in text[:at] if each.isprintable())[-_BEFORE_LENGTH:]
    where = f"The character after “{before}”" if before else "The first character"
    return f"{where} (U+{ord(text[at]):04X}{', ' if name else ''}{name})"
