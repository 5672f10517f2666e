"""Claims about every route that is open to anybody: what it shows to a reader of another language can be translated.

Pages are asked for in a language that nobody speaks: its catalogue has every sentence, and puts brackets around the
words that are the sentence's own. What is read outside of brackets is a fact (a committee's title, a day, a sum), or
English that nobody could have translated.
"""

import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.support import Translations
from werkzeug.test import TestResponse

from deploy.translations.sentences import AREAS, catalogue
from shared.web import languages
from tests.contract.doors import Door
from tests.contract.test_http_nonsense import real_address

READER = {"Accept": "text/html", "Accept-Language": "fr"}
FOR_READERS = ("scheduling", "registration", "payments")
FOR_OTHERS = re.compile(  # programs, people at a desk, and whoever stands at a door with a committee's telephone
    r"/(health|metrics|ready|clock|openapi\.json|desk\.js|sign-in|sign-out|webhooks/\w+)$|/accounts/|/monitor/|/static/"
    r"|^/scheduling/agendas/|^/scheduling/conferences(/{conference}(/call/terms)?)?$"
    r"|^/registration/(registrations|orders|statement|conferences/{conference})$"
)
DATA = (  # what committees, and people themselves, have written
    "Annual Conference",
    "Records in a crisis",
    "It would not be safe to meet.",
    "The board cancels the conference.",
    "Tell us what your town has learned.",
    "What to keep when the river comes.",
    "Keeps records.",
    "Records, and their keeping",
    "Travel is not safe this spring.",
)
FRENCH = frozenset(  # how days, instants and sums are written, by Babel and not by us
    re.findall(
        r"\w+",
        """lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim janvier février mars avril
        mai juin juillet août septembre octobre novembre décembre heure heures été du de des la le au et îles centre
        normale""",
    )
)
_FACT_OR_TAG = re.compile(r"(%\(\w+\)[sd]|<[^>]*>)")
_UNSEEN = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\b(?:aria-label|alt|title|placeholder|content)="([^"]*)\"""")
_WORD = re.compile(r"(?<![\w@./-])[a-zà-ÿ]{2,}(?![\w@/-]|\.\w)")
_FIELD = re.compile(r"""<(?:input|select|textarea)\b[^>]*\bname="([^"]+)\"""")
_WRONG = ("", "\u202eö", "x" * 6_000)


class Bracketed(Translations):
    """A catalogue of a language that nobody speaks."""

    def gettext(self, message: str) -> str:
        return _bracketed(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _bracketed(msgid1 if n == 1 else msgid2)

    ugettext = gettext
    ungettext = ngettext


@cache
def _sentences() -> frozenset[str]:
    """All that are marked, and so are in the catalogues."""
    found = (each.id for area in AREAS for each in catalogue(area) if each.id)
    return frozenset(form for id_ in found for form in ((id_,) if isinstance(id_, str) else id_))


def _bracketed(sentence: str) -> str:
    if sentence not in _sentences():
        return sentence
    parts = _FACT_OR_TAG.split(sentence)
    return "".join(f"⟦{each}⟧" if number % 2 == 0 and each.strip() else each for number, each in enumerate(parts))


@pytest.fixture(autouse=True)
def nobody_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for in French is answered in brackets."""
    monkeypatch.setattr(languages, "translations", lambda *_: Bracketed())


def unmarked(page: str) -> list[str]:
    """What a reader sees of a page that is neither within brackets nor a known fact: two words or more of a line."""
    page = _UNSEEN.sub("\n", page)
    texts = [*re.sub(r"<[^>]*>", "\n", page).split("\n"), *_ATTRIBUTE.findall(page)]
    return [left for text in texts if len(_words(left := _left(text))) > 1]


def _left(text: str) -> str:
    rest = re.sub("⟦[^⟧]*⟧", " ", html.unescape(text))
    for each in DATA:
        rest = rest.replace(each, " ")
    return " ".join(rest.split())


def _words(text: str) -> list[str]:
    return [each for each in _WORD.findall(text) if each not in FRENCH]


def routes() -> list[tuple[str, str]]:
    """The methods and routes that are open to anybody, and are for people who read."""
    table = (Path(__file__).parent / "who_may.tsv").read_text()
    lines = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", table).splitlines()
    return [
        (method, route)
        for method, route, who in (each.split("\t") for each in lines)
        if who == "anybody" and method in ("GET", "POST") and not FOR_OTHERS.search(route)
    ]


def asked(door: Door, method: str, route: str) -> Iterator[tuple[str, TestResponse]]:
    """A route with what exists and with what doesn't; a form also with every field wrong."""
    for address in dict.fromkeys((real_address(door, route), re.sub(r"\{\w+\}", "nothing", route))):
        client = door.app.test_client()
        if method == "GET":
            yield address, client.get(address, headers=READER)
            continue
        names = _FIELD.findall(client.get(address, headers=READER).get_data(as_text=True))
        for wrong in _WRONG:
            form = {name: wrong for name in names if name not in ("idempotency_key", "csrf_token", "website")}
            yield address, client.post(address, headers=READER, data=form | {"idempotency_key": f"w{len(wrong)}"})


@pytest.mark.parametrize("service", FOR_READERS)
def test_nothing_that_a_reader_sees_is_english_only(doors: dict[str, Door], service: str) -> None:
    door = doors[service]
    faults = [
        f"{method} {address[:120]} {response.status_code}: {text[:200]}"
        for method, route in routes()
        if route.startswith(f"/{service}/")
        for address, response in asked(door, method, route)
        if response.mimetype == "text/html" and response.status_code // 100 != 3
        for text in unmarked(response.get_data(as_text=True))
    ]

    assert not faults, "\n".join(dict.fromkeys(faults))


def test_a_sentence_that_nobody_marked_is_found_in_text_and_in_what_is_read_aloud() -> None:
    page = (
        '<p>⟦Pay⟧ 5,00 € ⟦by card⟧</p><p>Please pay by card</p><img alt="how to pay"><p>⟦Given by⟧ Records in a crisis'
    )

    assert unmarked(page) == ["Please pay by card", "how to pay"]
