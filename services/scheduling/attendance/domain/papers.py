"""Transcript and certificate: what the ledger says, on paper that anybody can check. `printing` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import segno

from shared.sentences import ENGLISH


class Kind(StrEnum):
    """Which paper."""

    TRANSCRIPT = "transcript"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One session as a paper shows it."""

    day: str
    conference: str
    session: str  # code and title
    scheme: str
    points: str
    remark: str = ""
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Everything that stands on a paper; what is said around it is the printer's."""

    kind: Kind
    name: str  # empty where none is known
    conference: str
    city: str
    first: date
    last: date
    lines: Sequence[Line]
    totals: Sequence[tuple[str, int]]  # scheme, hundredths of points
    as_of: datetime
    as_of_words: str
    code: str
    address: str  # where the code can be checked
    locale: str = ENGLISH  # by which its days, moments and numbers are written
    issuer: str = ""  # the association, in one line
    logo: bytes = b""  # its picture, a PNG


def qr_svg(text: str, *, title: str) -> str:
    """A square as an image within a page, as large as its place."""
    square = segno.make(text, error="m", micro=False)
    return square.svg_inline(border=2, omitsize=True, title=title, svgclass="qr")
