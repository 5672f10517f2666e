"""Which sentences the code has, and which words of a template that readers see are not marked as one."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from jinja2 import Environment

from shared.settings import SERVICES

ROOT = Path(__file__).parents[2]
AREAS = ("shared/web", *(f"services/{each}" for each in sorted(SERVICES)))
FOR_READERS = (  # what attendees, payers and speakers open: every word of it is marked
    "services/payments/receipts/templates/receipts/paid.html",
    "services/payments/receipts/templates/receipts/pay.html",
    "services/payments/refunds/templates/refunds/payee.html",
    "services/registration/changing/templates/changing/mine.html",
    "services/registration/correcting/templates/correcting/address.html",
    "services/registration/correcting/templates/correcting/contact.html",
    "services/registration/groups/templates/groups/order.html",
    "services/registration/groups/templates/groups/register.html",
    "services/registration/registering/templates/registering/proof.html",
    "services/registration/registering/templates/registering/register.html",
    "services/scheduling/attendance/templates/attendance/badge.html",
    "services/scheduling/attendance/templates/attendance/points.html",
    "services/scheduling/attendance/templates/attendance/presenting.html",
    "services/scheduling/attendance/templates/attendance/sheet.html",
    "services/scheduling/attendance/templates/attendance/verify.html",
    "services/scheduling/attendance/templates/attendance/verify_ask.html",
    "services/scheduling/call/templates/call/call.html",
    "services/scheduling/call/templates/call/propose.html",
    "services/scheduling/call/templates/call/received.html",
    "services/scheduling/call/templates/call/speaking.html",
    "services/scheduling/call/templates/call/withdraw.html",
    "services/scheduling/releases/templates/releases/changes.html",
    "services/scheduling/releases/templates/releases/visit/day.html",
    "services/scheduling/releases/templates/releases/visit/frame.html",
    "services/scheduling/releases/templates/releases/visit/grid.html",
    "services/scheduling/releases/templates/releases/visit/list.html",
    "services/scheduling/releases/templates/releases/visit/parts.html",
    "services/scheduling/releases/templates/releases/visit/session.html",
    "services/scheduling/releases/templates/releases/visit/speakers.html",
    "services/scheduling/releases/templates/releases/visit/ways.html",
    "services/scheduling/visits/templates/visits/conference.html",
    "services/scheduling/visits/templates/visits/conferences.html",
    "services/scheduling/visits/templates/visits/mine/agenda.html",
    "services/scheduling/visits/templates/visits/mine/calendar.html",
    "services/scheduling/visits/templates/visits/mine/choice.html",
    "services/scheduling/visits/templates/visits/mine/sessions.html",
    "shared/web/templates/link_sent.html",
    "shared/web/templates/problem.html",
)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "later": None,
    "marked": None,
    "saying": None,
    "phrase": None,
}
_CALL = re.compile(rf"\b({'|'.join(KEYWORDS)})\(|% trans\b")
_TEMPLATES = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSEEN = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->|<[^>]*>|&\w+;", re.DOTALL)
_SEEN_ATTRIBUTE = re.compile(r"""\b(?:aria-label|alt|title|placeholder)="([^"]*)\"""")


def sources(area: str) -> Iterator[Path]:
    """The files of an area in which sentences are marked; of `shared/web`, those of all that is shared."""
    folder = ROOT / ("shared" if area == "shared/web" else area)
    for each in sorted(each for each in folder.rglob("*") if each.suffix in (".py", ".html")):
        if _CALL.search(each.read_text(encoding="utf-8")):
            yield each


@cache
def catalogue(area: str) -> Catalog:
    """All sentences that are marked in an area, without any translation."""
    found = Catalog()
    for source in sources(area):
        method, options = ("python", {}) if source.suffix == ".py" else ("jinja2.ext:babel_extract", _TEMPLATES)
        for _, sentence, comments, _ in extract_from_file(method, source, keywords=KEYWORDS, options=options):
            found.add(sentence, auto_comments=comments, flags=_flags(sentence))
    return found


def unmarked(template: str) -> list[str]:
    """The words of a template that a reader sees and that stand outside every marked sentence."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    shown = "".join(_outside(environment.lex(template)))
    attributes = [each.group(1) for each in _SEEN_ATTRIBUTE.finditer(shown)]
    return [text for each in (*_UNSEEN.sub("\n", shown).split("\n"), *attributes) if _WORD.search(text := each.strip())]


def _outside(tokens: Iterable[tuple[int, str, str]]) -> Iterator[str]:
    """The template's own text; a blank line for whatever is put in, and nothing of what is marked."""
    is_marked, is_first = False, False
    for _, kind, text in tokens:
        if kind == "block_begin":
            is_first = True
        elif kind == "name" and is_first:
            is_first = False
            is_marked = text in ("trans", "pluralize") or (is_marked and text != "endtrans")
        elif kind == "data" and not is_marked:
            yield text
        elif kind == "variable_begin":
            yield "\0"


def _flags(sentence: str | tuple[str, ...]) -> tuple[str, ...]:
    first = sentence if isinstance(sentence, str) else sentence[0]
    return ("python-format",) if "%(" in first else ()
