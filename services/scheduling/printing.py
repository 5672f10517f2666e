"""Draws a paper as PDF; loaded when the first one is asked for, and by no part, since its library is large.

The same ledger makes the same bytes: what a paper shows ends with the last entry, and its date is that entry's. The
typeface is FiraGO: Latin with every accent, Greek, Cyrillic, Georgian, Hebrew, Arabic, Thai and Devanagari. Chinese,
Japanese and Korean are set in Noto Sans CJK; a sign that neither has is left as a box rather than left out.
"""

import importlib.resources
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pymupdf_fonts
import segno
from babel.dates import format_date
from fpdf import FPDF, XPos, YPos

from services.scheduling.attendance.domain.papers import Kind, Line, Paper
from services.scheduling.attendance.domain.points import in_points
from shared.sentences import marked, say

INK, SOFT, ACCENT = (29, 38, 48), (85, 96, 109), (31, 79, 120)
LINE, PAPER = (217, 220, 214), (255, 255, 255)
TYPEFACE = "FiraGO"
CJK_FROM = "\u2e80"  # where Chinese, Japanese and Korean begin; FiraGO has nothing from here on
MARGIN_MM = 20.0
QR_MM = 30.0
LOGO_MM = (60.0, 15.0)

_TITLES: Mapping[Kind, str] = {
    Kind.TRANSCRIPT: marked("Transcript of points"),
    Kind.CERTIFICATE: marked("Certificate of attendance"),
}
_HEADS = (marked("Day"), marked("Session"), marked("Scheme"), marked("Points"))
_NAMELESS = marked("(no name is known)")
_CHECK = marked("Check this paper at %(address)s")
_PAGE = marked("Page %(page)s of %(pages)s")
_AS_OF = marked("As of %(moment)s")
_CODE = marked("Verification code %(code)s")
_CODE_AS_OF = marked("Verification code %(code)s · as of %(moment)s")
_IN_SCHEME = marked("%(scheme)s: %(points)s")
_POINT = marked("%(points)s point")
_POINTS = marked("%(points)s points")
_TAKEN_BACK = marked("Taken back")
_CERTIFIED = marked("This is to certify that")
_TOOK_PART = marked("took part in the %(conference)s")
_DAY = marked("%(city)s, %(day)s")
_DAYS = marked("%(city)s, %(first)s to %(last)s")
_IN_SESSION = marked("and earned, in %(count)s session,")
_IN_SESSIONS = marked("and earned, in %(count)s sessions,")


def pdf_of(paper: Paper, translated: Callable[[str], str] = str) -> bytes:
    """The paper as a file, its sentences in the language that `translated` knows."""
    pdf = _Sheet(paper, translated)
    if paper.kind is Kind.CERTIFICATE:
        _certificate(pdf, paper)
    else:
        _transcript(pdf, paper)
    return bytes(pdf.output())


class _Sheet(FPDF):
    def __init__(self, paper: Paper, translated: Callable[[str], str]) -> None:
        super().__init__(orientation="landscape" if paper.kind is Kind.CERTIFICATE else "portrait", format="letter")
        self.paper, self.translated = paper, translated
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=MARGIN_MM + 8)
        for style, name in (("", "figo"), ("B", "figbo")):
            self.add_font(TYPEFACE, style, _unpacked(name))
        if _has_cjk(paper):
            self.add_font("CJK", "", _cjk())
            self.set_fallback_fonts(["CJK"], exact_match=False)
        self.set_text_shaping(True)
        self.set_creation_date(paper.as_of)
        self.set_title(f"{self.said(_TITLES[paper.kind])} {paper.code}")
        self.set_creator("Reconvene")
        self.set_lang(paper.locale.replace("_", "-"))
        self.add_page()

    def said(self, sentence: str, **facts: Any) -> str:
        """A sentence in the paper's language."""
        return say(sentence, facts, locale=self.paper.locale, translated=self.translated)

    def counted(self, one: str, many: str, count: int) -> str:
        """A sentence for a count; French says none as it says one."""
        is_one = count == 1 or (count == 0 and self.paper.locale.startswith("fr"))
        return self.said(one if is_one else many, count=count)

    def points(self, hundredths: int) -> str:
        """`1 point`, `0.5 points`, `1,5 point`."""
        points = in_points(hundredths, self.paper.locale)
        is_one = abs(hundredths) < 200 if self.paper.locale.startswith("fr") else hundredths == 100
        return self.said(_POINT if is_one else _POINTS, points=points)

    def footer(self) -> None:
        """Where every page can be checked."""
        self.set_y(-MARGIN_MM)
        self.write_as(8, self.said(_CHECK, address=self.paper.address), colour=SOFT)
        if self.paper.kind is Kind.TRANSCRIPT:
            self.set_y(-MARGIN_MM)
            self.write_as(8, self.said(_PAGE, page=self.page_no(), pages="{nb}"), colour=SOFT, align="R")

    def write_as(
        self,
        size: float,
        text: str,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        align: str = "L",
        width: float = 0,
    ) -> None:
        """A paragraph in one colour, and in one size: smaller where its longest word would not fit on a line."""
        self.set_font(TYPEFACE, "B" if bold else "", size)
        room = (width or self.epw) - 2 * self.c_margin
        size *= min(1.0, room / max(map(self.get_string_width, text.split()), default=room))
        self.set_font_size(size)
        self.set_text_color(*colour)
        self.multi_cell(width, size * 0.5, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def qr(self, text: str, *, x: float, y: float) -> None:
        """A square that leads to where the paper is checked."""
        rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
        side = QR_MM / len(rows)
        self.set_fill_color(*INK)
        for down, row in enumerate(rows):
            for across, is_dark in enumerate(row):
                if is_dark:
                    self.rect(x + across * side, y + down * side, side * 1.02, side * 1.02, style="F")


@cache
def _fonts() -> tempfile.TemporaryDirectory[str]:
    """Where typefaces that come packed lie as files, for as long as the process lives."""
    return tempfile.TemporaryDirectory(prefix="reconvene-fonts-")


@cache
def _unpacked(name: str) -> str:
    file = Path(_fonts().name) / f"{name}.ttf"
    file.write_bytes(pymupdf_fonts.myfont(name))
    return str(file)


def _has_cjk(paper: Paper) -> bool:
    """Whether the large typeface is worth reading: it takes longer than all of the rest."""
    return any(sign >= CJK_FROM for sign in str(paper))


def _cjk() -> str:
    return str(importlib.resources.files("cvttf_NotoSansCJK_Regular").joinpath("NotoSansCJKtc-Regular.otf"))


def _transcript(pdf: _Sheet, paper: Paper) -> None:
    if paper.logo:
        pdf.image(io.BytesIO(paper.logo), x=MARGIN_MM, y=MARGIN_MM - 12, h=10)
    pdf.qr(paper.address, x=pdf.w - MARGIN_MM - QR_MM, y=MARGIN_MM)
    room = pdf.w - 2 * MARGIN_MM - QR_MM - 8
    pdf.write_as(22, pdf.said(_TITLES[paper.kind]), bold=True, colour=ACCENT, width=room)
    pdf.ln(3)
    pdf.write_as(15, paper.name or pdf.said(_NAMELESS), bold=True, width=room)
    pdf.ln(1)
    pdf.write_as(10, pdf.said(_AS_OF, moment=paper.as_of_words), colour=SOFT, width=room)
    pdf.write_as(10, pdf.said(_CODE, code=paper.code), colour=SOFT, width=room)
    if paper.issuer:
        pdf.ln(1)
        pdf.write_as(10, paper.issuer, colour=SOFT, width=room)
    pdf.set_y(max(pdf.get_y(), MARGIN_MM + QR_MM) + 8)
    for scheme, hundredths in paper.totals:
        pdf.write_as(12, pdf.said(_IN_SCHEME, scheme=scheme, points=pdf.points(hundredths)), bold=True)
        pdf.ln(1)
    pdf.ln(4)
    _table(pdf, [each for each in paper.lines if not each.is_taken_back])
    taken_back = [each for each in paper.lines if each.is_taken_back]
    if taken_back:
        pdf.ln(6)
        pdf.write_as(12, pdf.said(_TAKEN_BACK), bold=True)
        pdf.ln(2)
        _table(pdf, taken_back)


def _table(pdf: _Sheet, lines: Sequence[Line]) -> None:
    pdf.set_font(TYPEFACE, "", 9)
    pdf.set_text_color(*INK)
    pdf.set_draw_color(*LINE)
    pdf.set_fill_color(*PAPER)  # the square has left its own
    with pdf.table(
        col_widths=(25, 62, 26, 13),
        text_align=("LEFT", "LEFT", "LEFT", "RIGHT"),
        borders_layout="HORIZONTAL_LINES",
        line_height=5,
        padding=(1.4, 1.4),
    ) as table:
        table.row([pdf.said(each) for each in _HEADS])
        for each in lines:
            session = f"{each.session}\n{each.conference}" + (f"\n{pdf.translated(each.remark)}" if each.remark else "")
            table.row((each.day, session, each.scheme, each.points))


def _head(pdf: _Sheet, paper: Paper) -> None:
    """The logo, in the middle above the title."""
    if paper.logo:
        pdf.image(
            io.BytesIO(paper.logo), x=(pdf.w - LOGO_MM[0]) / 2, y=15, w=LOGO_MM[0], h=LOGO_MM[1], keep_aspect_ratio=True
        )


def _certificate(pdf: _Sheet, paper: Paper) -> None:
    pdf.set_draw_color(*ACCENT)
    pdf.set_line_width(0.8)
    pdf.rect(10, 10, pdf.w - 20, pdf.h - 20)
    pdf.set_line_width(0.2)
    pdf.rect(12, 12, pdf.w - 24, pdf.h - 24)
    _head(pdf, paper)
    pdf.set_y(32)
    pdf.write_as(30, pdf.said(_TITLES[paper.kind]), bold=True, colour=ACCENT, align="C")
    pdf.ln(10)
    pdf.write_as(13, pdf.said(_CERTIFIED), colour=SOFT, align="C")
    pdf.ln(5)
    pdf.write_as(26, paper.name or pdf.said(_NAMELESS), bold=True, align="C")
    pdf.ln(6)
    pdf.write_as(13, pdf.said(_TOOK_PART, conference=paper.conference), align="C")
    pdf.ln(1)
    pdf.write_as(13, _place(pdf, paper), align="C")
    pdf.ln(6)
    count = sum(not each.is_taken_back for each in paper.lines)
    pdf.write_as(13, pdf.counted(_IN_SESSION, _IN_SESSIONS, count), colour=SOFT, align="C")
    pdf.ln(4)
    for scheme, hundredths in paper.totals:
        pdf.write_as(16, f"{pdf.points(hundredths)} ({scheme})", bold=True, align="C")
        pdf.ln(1.5)
    pdf.qr(paper.address, x=(pdf.w - QR_MM) / 2, y=pdf.h - 66)
    if paper.issuer:
        pdf.set_y(pdf.h - 82)
        pdf.write_as(13, paper.issuer, bold=True, align="C")
    pdf.set_y(pdf.h - 34)
    pdf.write_as(9, pdf.said(_CODE_AS_OF, code=paper.code, moment=paper.as_of_words), colour=SOFT, align="C")


def _place(pdf: _Sheet, paper: Paper) -> str:
    first, last = (str(format_date(each, format="long", locale=paper.locale)) for each in (paper.first, paper.last))
    if first == last:
        return pdf.said(_DAY, city=paper.city, day=first)
    return pdf.said(_DAYS, city=paper.city, first=first, last=last)
