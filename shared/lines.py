"""What a line of text that somebody types may not hold, because nobody who reads it could see what is written there."""

import unicodedata

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # a name would be read backwards
_UNWRITABLE = ("Cc", "Cs")  # control characters, halves of characters


def what_is_wrong(text: str) -> str:
    """Why this line can't be kept, for whoever typed it; empty when it can. Letters of every script are fine, also
    those that are read from right to left by themselves."""
    if any(unicodedata.category(character) in _UNWRITABLE for character in text):
        return "There is a character in it that can't be written. Please type it again."
    if not _TURNING.isdisjoint(text):
        return "There is an invisible character in it that turns the direction of reading. Please type it again."
    return ""
