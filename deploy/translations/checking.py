"""Whether a catalogue is whole: every sentence translated, none in doubt, none left over, with the same facts in it."""

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from deploy.translations.sentences import AREAS, FOR_READERS, ROOT, catalogue, unmarked
from shared.web.languages import ENGLISH, LANGUAGES

WHOLE = tuple(each for each in LANGUAGES if each != ENGLISH)
_FACT = re.compile(r"%\((\w+)\)[sd]")
_TAG = re.compile(r"</?(\w+)")


def file_of(area: str, language: str) -> Path:
    """Where the translations of an area into a language are."""
    return ROOT / area / "translations" / language / "LC_MESSAGES" / "messages.po"


def read(file: Path, language: str) -> Catalog:
    """What is translated; nothing where there is no such file."""
    return read_po(io.BytesIO(file.read_bytes() if file.is_file() else b""), locale=language)


def problems(marked: Catalog, translated: Catalog, *, name: str) -> Iterator[str]:
    """One line for each sentence with which something is wrong."""
    for sentence in marked:
        if sentence.id:
            yield from (f"{name}: {what}: {_first(sentence.id)}" for what in _wrong(sentence, translated))
    for sentence in translated:
        if sentence.id and sentence.id not in marked:
            yield f"{name}: stands nowhere any more: {_first(sentence.id)}"


def all_problems() -> list[str]:
    """Those of every area in every language that is declared whole, and of the templates that readers see."""
    found = [f"{each}: is not marked: {text}" for each in FOR_READERS for text in unmarked((ROOT / each).read_text())]
    for area in AREAS:
        marked = catalogue(area)
        for language in WHOLE:
            found += problems(marked, read(file_of(area, language), language), name=f"{area}, {language}")
    return found


def updated(marked: Catalog, translated: Catalog, *, language: str) -> str:
    """The catalogue's text with exactly the marked sentences, in their order; what is new is still empty."""
    fresh = Catalog(locale=language)
    for sentence in marked:
        if sentence.id:
            known = translated.get(sentence.id)
            text = known.string if known else ("", "") if isinstance(sentence.id, tuple) else ""
            fresh.add(sentence.id, text, flags=sentence.flags | (known.flags & {"fuzzy"} if known else set()))
    written = io.BytesIO()
    write_po(written, fresh, width=0, omit_header=True)
    return _header(fresh, language) + written.getvalue().decode()


def _wrong(sentence: Message, translated: Catalog) -> Iterator[str]:
    known = translated.get(sentence.id)
    texts = _texts(known.string) if known else ()
    if known is None or not texts or not all(texts):
        yield "is not translated"
        return
    if known.fuzzy:
        yield "is in doubt"
    for text in texts:
        if _marks(text, _FACT) != (facts := _marks(_first(sentence.id), _FACT)) and not _is_plural(
            sentence, facts, text
        ):
            yield "has not the same facts"
        if _marks(text, _TAG) != _marks(_first(sentence.id), _TAG):
            yield "has not the same tags"


def _is_plural(sentence: Message, facts: Sequence[str], text: str) -> bool:
    """One of a thing may be said without its number."""
    return isinstance(sentence.id, tuple) and set(facts) ^ set(_marks(text, _FACT)) <= {"num"}


def _texts(string: object) -> tuple[str, ...]:
    return tuple(map(str, string)) if isinstance(string, tuple | list) else (str(string or ""),)


def _marks(text: str, pattern: re.Pattern[str]) -> list[str]:
    return sorted(pattern.findall(text))


def _first(id_: object) -> str:
    return str(id_[0]) if isinstance(id_, tuple | list) else str(id_)


def _header(made: Catalog, language: str) -> str:
    lines = (
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {made.plural_forms}",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n"
