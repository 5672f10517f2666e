"""In which language a page is read: English, French or Dutch, with its dates, sums and numbers.

Owns the choice of the language, the catalogues (`translations/<language>/LC_MESSAGES/messages.po`, of what is shared
and of the service), and how a sentence is marked for them. Only the pages of attendees, payers and speakers are
offered in the reader's language (`offered`); desks are English.
"""

import functools
import io
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlencode

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Blueprint, Flask, Response, g, has_request_context, request

from shared.sentences import written
from shared.typography import typeset
from shared.web import hosts

F = TypeVar("F", bound=Callable[..., Any])

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "fr": "Français", "nl": "Nederlands"}
LOCALES: Mapping[str, str] = {ENGLISH: "en_US", "fr": "fr_FR", "nl": "nl_NL"}
CHOSEN = "lang"  # the choice in an address, and the cookie that keeps it until the browser is closed
SHARED = Path(__file__).parent / "translations"


class Switch(NamedTuple):
    """One language that the reader may choose."""

    language: str
    name: str  # in itself
    href: str
    is_current: bool


def offered(view: F) -> F:
    """Show what this view answers in the reader's language; put below the route."""

    @functools.wraps(view)
    def shown(*args: Any, **kwargs: Any) -> Any:
        _offer()
        return view(*args, **kwargs)

    return cast(F, shown)


def offer_all(blueprint: Blueprint) -> None:
    """Show all pages of a blueprint in the reader's language."""
    blueprint.before_request(_offer)


def meant_for(language: str, *, conference: str = "") -> None:
    """The page is for a person who is written to in this language; what they chose on a page goes before it.

    It is about this conference, whose association says in which languages it can be read.
    """
    g.person_language = language[:2].lower()
    g.conference_shown = conference
    flask_babel.refresh()


def language() -> str:
    """The language of the page that is being made: chosen on a page, else the person's own, else the browser's."""
    if not has_request_context() or not g.get("languages_offered"):
        return ENGLISH
    if g.get("language_by_address"):
        return _of_address()
    offered, own = choices(), g.get("person_language")
    wanted = (request.args.get(CHOSEN), request.cookies.get(CHOSEN))
    chosen = next((each for each in wanted if each in offered), None)
    return chosen or (own if own in LANGUAGES else None) or _of_browser()


def choices() -> Mapping[str, str]:
    """The languages in which this page can be read, first the one for who wants another: as its association says."""
    if not has_request_context():
        return LANGUAGES
    conference = g.get("conference_shown") or str((request.view_args or {}).get("conference", ""))
    offered = hosts.host_of(conference).languages if conference else ()
    return {each: LANGUAGES[each] for each in offered if each in LANGUAGES} or LANGUAGES


def by_address() -> None:
    """Answer in the language that the address asks for (`?lang=fr`), else in English: for files that anybody keeps."""
    g.language_by_address = True
    flask_babel.refresh()


def asking(address: str) -> str:
    """The address of such a file, in the language of the page that leads to it."""
    spoken = language()
    return address if spoken == ENGLISH else f"{address}{'&' if '?' in address else '?'}{CHOSEN}={spoken}"


def locale() -> str:
    """The locale by which dates, sums and numbers of the page are written."""
    return LOCALES[language()]


def carried(address: str) -> str:
    """The address of a page elsewhere, whose service doesn't know the person: it says the language if need be."""
    spoken = language()
    return address if spoken == _of_browser() else f"{address}{'&' if '?' in address else '?'}{CHOSEN}={spoken}"


def gettext(sentence: str, /, **facts: Any) -> str:
    """The sentence in the language of the page; `%(name)s` stands for a fact."""
    return str(flask_babel.gettext(sentence, **facts))


def ngettext(one: str, many: str, count: int, /, **facts: Any) -> str:
    """The sentence for this count in the language of the page; `%(num)s` stands for the count."""
    return str(flask_babel.ngettext(one, many, count, **facts))


def worded(fact: Any) -> str:
    """A phrase, or another fact of a sentence, in the language of the page."""
    return written(fact, locale=locale(), translated=gettext)


def later(sentence: str, /, **facts: Any) -> Any:
    """A sentence that is written down now, and said in the language of the page that shows it: in place of a `str`."""
    return flask_babel.lazy_gettext(sentence, **facts)


def translations(folder: Path, language: str) -> Translations | NullTranslations:
    """The catalogue of a folder in a language; without one, every sentence stays English."""
    file = folder / language / "LC_MESSAGES" / "messages.po"
    if not file.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    for message in catalogue:
        message.string = _printed(message.string, language)
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _printed(said: Any, language: str) -> Any:
    if isinstance(said, str):
        return typeset(said, language=language)
    return tuple(typeset(form, language=language) for form in said)


class Catalogues(flask_babel.Domain):  # type: ignore[misc]
    """The sentences of what is shared and of one service, read from their sources when a language is first needed."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__()
        self._folders = folders
        self._known: dict[str, Translations | NullTranslations] = {}

    def get_translations(self) -> Translations | NullTranslations:
        """Those of the language of the page."""
        spoken = language()
        if spoken not in self._known:
            self._known[spoken] = self._read(spoken)
        return self._known[spoken]

    def _read(self, spoken: str) -> Translations | NullTranslations:
        merged: Translations | NullTranslations = NullTranslations()
        for folder in self._folders:
            found = translations(folder, spoken)
            if isinstance(merged, Translations) and isinstance(found, Translations):
                merged.merge(found)
            elif isinstance(found, Translations):
                merged = found
        return merged


class _Babel(flask_babel.Babel):  # type: ignore[misc]
    """Flask-Babel with catalogues that need no compiling."""

    def __init__(self, app: Flask, *, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        super().__init__(app, locale_selector=locale)

    @cached_property
    def domain_instance(self) -> Catalogues:
        """The catalogues of the app."""
        return Catalogues(self._folders)


def add_to(app: Flask) -> None:
    """Give an app's pages their language, its switch, and the words of templates: `_()`, `{% trans %}`."""
    _Babel(app, folders=(SHARED, Path(app.root_path) / "translations"))
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]

    @app.before_request
    def offer_unknown() -> None:
        if request.endpoint is None:  # nothing is under that address: it is said to anybody
            _offer()

    @app.context_processor
    def head() -> dict[str, Any]:
        return {"lang": language(), "language_switches": switches()}

    @app.after_request
    def keep(response: Response) -> Response:
        is_same_for_all = response.cache_control.public or g.get("language_by_address")
        if not g.get("languages_offered") or is_same_for_all:
            return response
        response.vary.update(("Accept-Language", "Cookie"))
        if (chosen := request.args.get(CHOSEN)) in choices():
            response.set_cookie(CHOSEN, str(chosen), samesite="Lax", secure=request.is_secure, httponly=True)
        return response


def switches() -> tuple[Switch, ...]:
    """The languages to choose from; none where there is no choice, or where choosing would lose what was typed."""
    offered = choices()
    if not g.get("languages_offered") or request.method != "GET" or len(offered) < 2:
        return ()
    now, args = language(), request.args.to_dict(flat=False)
    return tuple(
        Switch(each, name, "?" + _query(args | {CHOSEN: [each]}), each == now) for each, name in offered.items()
    )


def _query(args: Mapping[str, list[str]]) -> str:
    return urlencode(args, doseq=True)


def _of_address() -> str:
    asked = request.args.get(CHOSEN, "")
    return asked if asked in LANGUAGES else ENGLISH


def _of_browser() -> str:
    offered = choices()
    return request.accept_languages.best_match(offered, next(iter(offered))) or ENGLISH


def _offer() -> None:
    if not g.get("languages_offered"):
        g.languages_offered = True
        flask_babel.refresh()
