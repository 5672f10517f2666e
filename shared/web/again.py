"""What was typed into a form that could not be taken: it is kept through a sign-in, shown, and sent again by a click.

Nothing is ever sent again by itself: a person sees what it is, and presses the button. Only a form of our own pages is
kept, told by the browser's word of where it stood, so that no foreign page can put words into somebody's mouth. It is
kept in the page itself, signed, and nowhere else.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer

from shared.settings import Settings

KEPT_SECONDS = 8 * 3600  # a working day
BYTE_COUNT_MAX = 64 * 1024  # more would not come back through the sign-in form
_UNKEPT = ("csrf_token", "password")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form, in order, and where it was sent to."""

    path: str
    fields: tuple[tuple[str, str], ...]
    has_files: bool = False  # which a page can't keep: they are chosen once more

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """What a person typed or chose, without what the page had put in."""
        return tuple((name, value) for name, value in self.fields if value and name not in ("idempotency_key", "seen"))


def typed() -> Typed | None:
    """What this request's form holds; None unless it stood on a page of ours."""
    if request.method != "POST" or request.is_json or not _is_ours():
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name not in _UNKEPT)
    if sum(len(name) + len(value) for name, value in fields) > BYTE_COUNT_MAX:
        return None
    return Typed(request.full_path.rstrip("?"), fields, has_files=bool(request.files))


def seal(settings: Settings, form: Typed | None) -> str:
    """The form as it goes through the sign-in page; empty when there is none."""
    return _serializer(settings).dumps([form.path, form.fields, form.has_files]) if form else ""


def unseal(settings: Settings, text: str) -> Typed | None:
    """The form that came through the sign-in page; None when there was none, or it is not of today."""
    try:
        path, fields, has_files = _serializer(settings).loads(text, max_age=KEPT_SECONDS)
    except BadData:
        return None
    return Typed(path, tuple((name, value) for name, value in fields), has_files)


def page(form: Typed, *, title: str, said: str) -> str:
    """Show what was typed, with the button that sends it."""
    return render_template("again.html", typed=form, title=title, said=said)


def back() -> str | None:
    """The page of ours from which this request came, if its browser says so."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or (came.path == request.path and request.method == "GET"):
        return None
    return came.path + (f"?{came.query}" if came.query else "")


def _is_ours() -> bool:
    """Whether the browser says that the form stood on this host."""
    origin = request.headers.get("Origin") or request.referrer or ""
    return urlsplit(origin).netloc == request.host


def _serializer(settings: Settings) -> Any:
    return URLSafeTimedSerializer(settings.secret_key, salt="reconvene:typed")
