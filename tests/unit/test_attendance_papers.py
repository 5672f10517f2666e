"""Papers carry every name: whatever its script, whole, and on one line where a line has room for it."""

import io
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PIL import Image
from pypdfium2 import PdfDocument

from services.scheduling.attendance.domain.papers import Kind, Line, Paper
from services.scheduling.printing import pdf_of
from tests.unit.attendance_builders import text_of

NAMES = (
    "山田太郎",
    "김영희",
    "Nguyễn Thị Ánh",
    "שרה כהן",
    "สมชาย ใจดี",
    "अमित शर्मा",
    "محمد علي",
    "Иванка Петрова",
    "Γιώργος Παπαδόπουλος",
    "Żaneta Þórsdóttir",
)
PICTURE = 3  # the type of an object on a page, as PDFium counts them
LONG_WORD = "Rindfleischetikettierungsüberwachung"  # 36 letters


def paper(kind: Kind, name: str) -> Paper:
    return Paper(
        kind=kind,
        name=name,
        conference="79th Annual Conference",
        city="St. Louis",
        first=date(2025, 5, 18),
        last=date(2025, 5, 21),
        lines=[Line(day="19 May", conference="79th", session="C-31 Records", scheme="CMC", points="1.25")],
        totals=[("Certified Municipal Clerk", 125)],
        as_of=datetime(2025, 5, 20, tzinfo=UTC),
        as_of_words="20 May 2025",
        code="0123-4567-89AB-CDEF",
        address="https://reconvene.example/scheduling/verify/0123456789ABCDEF",
    )


def squeezed(text: str) -> str:
    """Text without what stands between its signs: a reader finds gaps, and controls, where several make one shape."""
    return "".join(sign for sign in text if not sign.isspace() and unicodedata.category(sign) != "Cc")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", NAMES)
def test_a_paper_carries_every_name(kind: Kind, name: str) -> None:
    assert squeezed(name) in squeezed(text_of(pdf_of(paper(kind, name))))


@pytest.mark.parametrize("kind", Kind)
def test_a_paper_says_who_issues_it_and_bears_their_logo(kind: Kind) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (480, 120), (31, 79, 120)).save(drawn, "PNG")
    issued = replace(paper(kind, "Dana"), issuer="Clerks of the Lakes", logo=drawn.getvalue())

    written = pdf_of(issued)

    assert "Clerks of the Lakes" in text_of(written)
    pictures = [
        sum(each.type == PICTURE for page in PdfDocument(pdf) for each in page.get_objects())
        for pdf in (written, pdf_of(paper(kind, "Dana")))
    ]
    assert pictures == [1, 0]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("word", [LONG_WORD, "W" * 35])
def test_a_word_of_35_letters_stays_on_one_line(kind: Kind, word: str) -> None:
    lines = text_of(pdf_of(paper(kind, f"Anna {word}"))).splitlines()

    assert any(word in line for line in lines)


def test_a_service_loads_what_draws_papers_when_the_first_is_asked_for() -> None:
    rooms = "from services.scheduling.parts import MANIFEST; MANIFEST.blueprints('pages'); MANIFEST.blueprints('api')"
    loaded = "import sys; sys.exit(', '.join(each for each in ('fpdf', 'fontTools', 'numpy') if each in sys.modules))"

    done = subprocess.run([sys.executable, "-c", f"{rooms}; {loaded}"], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == ""
