"""Owns what a language's printers would do to a sentence that was typed on a keyboard.

French keeps `:`, `;`, `?`, `!` and guillemets apart from their words by a space at which no line may end. Translators
type an ordinary one; a page of a phone's width would begin a line with the mark.
"""

import re

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_BEFORE_A_MARK = re.compile(r"(?<=\S) (?=[:;?!»](?!\S*[\w/]))")
_AFTER_A_QUOTE = re.compile(r"(?<=«) ")


def typeset(text: str, *, language: str) -> str:
    """A sentence, or the template of one, as it is printed in a language such as `fr`."""
    if language != "fr":
        return text
    return _AFTER_A_QUOTE.sub(NO_BREAK_SPACE, _BEFORE_A_MARK.sub(NO_BREAK_SPACE, text))
