"""What a recipient reads, once it is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFile:
    """One session, or the conference, for a calendar program."""

    name: str  # of the file
    method: str  # as in it: PUBLISH | REQUEST | CANCEL
    content: str
    is_for_program: bool = False  # a mail program acts on it by itself; otherwise it is attached, to be opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the recipient reads, the link in it, and what is attached. A letter's HTML is the sheet without its page."""

    subject: str
    text: str
    html: str
    link: str
    files: tuple[CalendarFile, ...] = ()
