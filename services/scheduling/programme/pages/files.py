"""The committee's page for programmes as files: download the draft, try a file, then import it.

A file is tried first. What was read of it travels in the form that imports it, with the digest of what was shown, so
that nothing is kept meanwhile and nothing else is done than what was seen.
"""

import base64
import binascii
import zlib
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.commands.files import imported_json, rehearsed, tables_from
from services.scheduling.programme.domain.comparing import digest_of_effects
from services.scheduling.programme.domain.table_files import (
    BODY_BYTE_COUNT_MAX,
    document_from,
    json_of,
    tables_from_json,
)
from services.scheduling.programme.domain.tables import FileUnreadable, ImportRefused, Tables
from services.scheduling.programme.schemas.requests import SpeakerEmail
from shared.auth import desk
from shared.principals import Action
from shared.problem import Invalid, Refusal
from shared.web.current import database, principal
from shared.web.forms import Form, once, read, refused

TEMPLATE = "programme/files.html"
HELD_BYTE_COUNT_MAX = 20 * 1024 * 1024  # of what a form carried, unpacked

blueprint = Blueprint("programme_pages", __name__, url_prefix="/scheduling/desk/conferences/<conference>/programme")


@blueprint.before_request
def take_files() -> None:
    """A workbook is larger than any other form."""
    request.max_content_length = BODY_BYTE_COUNT_MAX
    request.max_form_memory_size = BODY_BYTE_COUNT_MAX


@blueprint.get("/files")
@desk(Action.SEE_PROGRAMME)
def show_files(conference: str) -> Response:
    """Where the draft is downloaded, and a file is chosen."""
    return _page(conference_of(database(), conference), Form())


@blueprint.post("/files")
@desk(Action.EDIT_PROGRAMME)
def take_file(conference: str) -> Response:
    """Try a file, or import what was tried."""
    found = conference_of(database(), conference)
    try:
        if "held" in request.form:
            return _import(found)
        return _try(found)
    except ImportRefused as refusal:
        form = Form(values=request.form.to_dict(), refusal=refusal.detail)
        return _page(found, form, status=422, faults=refusal.facts["faults"], count=refusal.facts["fault_count"])
    except Refusal as refusal:
        return _page(found, Form(refusal=refusal.detail), status=refusal.status)


def _try(conference: Conference) -> Response:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileUnreadable("No file was chosen. Nothing was imported; choose one, then try again.")
    tables, notes = tables_from(file.read(), content_type=file.mimetype, name=file.filename)
    email = _speaker_email()
    imported = rehearsed(database(), conference.id, tables, by=principal().words, speaker_email=email)
    trial = {
        "effects": imported.effects,
        "digest": digest_of_effects(imported.effects),
        "held": _held(tables),
        "notes": notes,
        "speaker_email": email,
    }
    return _page(conference, Form(), trial=trial, name=file.filename[:100])


def _speaker_email() -> str:
    """The one address for speakers for whom the file has none, if it was given."""
    given = request.form.get("speaker_email", "").strip()
    try:
        return str(read(SpeakerEmail(), {"speaker_email": given})["speaker_email"]) if given else ""
    except Invalid as refusal:
        raise FileUnreadable(f"{refused(refusal).errors['speaker_email']} Nothing was imported.") from None


def _import(conference: Conference) -> Response:
    done = once(
        commands.import_programme,
        answer=imported_json,
        conference=conference.id,
        tables=_taken(request.form["held"]),
        seen=request.form.get("digest", ""),
        is_dry_run=False,
        by=principal().words,
        speaker_email=_speaker_email(),
    )
    count = len(done["effects"])
    flash(f"Imported: {count} {'row is' if count == 1 else 'rows are'} new or changed in the draft. Nobody was told.")
    return make_response(redirect(url_for("programme_pages.show_files", conference=conference.id), 303))


def _held(tables: Tables) -> str:
    return base64.b64encode(zlib.compress(json_of(tables), 9)).decode()


def _taken(held: str) -> Tables:
    """What a form carried; it is read as strictly as a file."""
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.b64decode(held.encode(), validate=True), HELD_BYTE_COUNT_MAX)
    except (binascii.Error, zlib.error, UnicodeEncodeError):
        content = b""
    return tables_from_json(document_from(content, byte_count_max=HELD_BYTE_COUNT_MAX))


def _page(conference: Conference, form: Form, *, status: int = 200, **context: Any) -> Response:
    return make_response(render_template(TEMPLATE, conference=conference, form=form, **context), status)
