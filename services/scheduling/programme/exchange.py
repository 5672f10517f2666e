"""Programmes going out and coming in over HTTP: files to download, and one file to be tried first and imported then."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate

from services.scheduling.conferences import store as conferences
from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from services.scheduling.conferences.schemas import Request
from services.scheduling.programme import commands, store
from services.scheduling.programme.commands import Rehearsed
from services.scheduling.programme.comparing import digest_of_effects
from services.scheduling.programme.importing import Imported
from services.scheduling.programme.schedule_files import is_schedule, tables_from_schedule
from services.scheduling.programme.schedule_json import schedule_json_of
from services.scheduling.programme.schemas import EmailLine
from services.scheduling.programme.table_files import (
    FILE_BYTE_COUNT_MAX,
    XLSX_TYPE,
    csv_of,
    document_from,
    json_of,
    tables_from_csv,
    tables_from_json,
    tables_from_xlsx,
    xlsx_of,
)
from services.scheduling.programme.tables import Tables
from services.scheduling.programme.writing import tables_of
from shared import idempotency
from shared.auth import current_role, desk
from shared.problem import NotFound
from shared.web import links
from shared.web.current import database, settings
from shared.web.documented import KEY, SIGNED_IN, Blueprint, documented, idempotency_key

CSV_TYPE, JSON_TYPE = "text/csv", "application/json"
FORMS = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "json": JSON_TYPE, "schedule.json": JSON_TYPE}
BODY_BYTE_COUNT_MAX = FILE_BYTE_COUNT_MAX + 64 * 1024  # a form has more than the file

blueprint = Blueprint(
    "exchange", __name__, url_prefix="/scheduling/conferences/<conference>", description="Programmes as files."
)

_SHAPE = {"type": "string", "format": "binary"}
_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "maxLength": 100},
    "description": "The digest that a dry run has answered; without it the file is imported whatever it does.",
}


class Trial(Request):
    """Whether to try only."""

    dry_run = fields.Boolean(load_default=False)
    speaker_email = EmailLine(
        load_default="", metadata={"description": "Of speakers for whom a schedule.json has no address: one for all."}
    )


class CellAnswer(Schema):
    """A cell as it was and as it is."""

    column = fields.String()
    before = fields.String()
    after = fields.String()


class EffectAnswer(Schema):
    """One thing that is new or another than before."""

    table = fields.String()
    key = fields.String()
    is_new = fields.Boolean()
    cells = fields.List(fields.Nested(CellAnswer))


class ImportAnswer(Schema):
    """What an import did, or would do."""

    is_done = fields.Boolean()
    digest = fields.String(validate=validate.Length(equal=32))
    effects = fields.List(fields.Nested(EffectAnswer))
    notes = fields.List(
        fields.String(),
        metadata={"description": "What the file says and can't be held: what was done instead."},
    )


@blueprint.route("/export/<form>")
@desk("committee")
@documented(blueprint, 401, 403, 404, 503)
@blueprint.doc(
    **SIGNED_IN,
    responses={200: {"description": "The draft.", "content": {each: {"schema": _SHAPE} for each in FORMS.values()}}},
)
def export_programme(conference: str, form: str) -> Response:
    """The draft as a file: `csv` (sessions), `xlsx` and `json` (everything), `schedule.json` (what has a place)."""
    if form not in FORMS:
        raise NotFound(f"There is no such file. Take one of {', '.join(FORMS)}.")
    found = conference_of(conference)
    response = Response(exported(found, form), content_type=FORMS[form])
    name = "schedule.json" if form == "schedule.json" else f"programme.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.key}-{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/import", methods=["POST"])
@desk("committee")
@documented(blueprint, 400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(
    **SIGNED_IN,
    parameters=[KEY, _IF_MATCH],
    requestBody={
        "required": True,
        "content": {
            CSV_TYPE: {"schema": {"type": "string"}},
            XLSX_TYPE: {"schema": _SHAPE},
            JSON_TYPE: {"schema": {"type": "object"}},
        },
    },
)
@blueprint.arguments(Trial, location="query")
@blueprint.response(200, ImportAnswer)
def import_programme(asked: dict[str, Any], conference: str) -> dict[str, Any]:
    """Bring a file into the draft, all of it or nothing; every fault is named with its row and column."""
    request.max_content_length = BODY_BYTE_COUNT_MAX
    conference_of(conference)
    tables, notes = tables_from(request.get_data(), content_type=request.mimetype)
    email = asked["speaker_email"]
    if asked["dry_run"]:
        idempotency_key()
        rehearsal = rehearsed(conference, tables, by=f"the {current_role()}", speaker_email=email)
        return imported_json(rehearsal, is_done=False, notes=notes)
    made: dict[str, Any] = idempotency.run_once(
        database(),
        commands.import_programme,
        key=idempotency_key(),
        scope=str(current_role()),
        answer=partial(imported_json, notes=notes),
        conference=conference,
        tables=tables,
        speaker_email=email,
        seen=_seen(),
        is_dry_run=False,
        by=f"the {current_role()}",
    )
    return made


def conference_of(id_: str) -> Conference:
    """The conference; raises `ConferenceUnknown`."""
    found = conferences.conference_with_version(database(), id_)
    if found is None:
        raise ConferenceUnknown("There is no conference under this address. Nothing was changed.")
    return found[0]


def exported(conference: Conference, form: str) -> bytes:
    """The draft as a file of this form."""
    programme, sessions = store.programme(database(), conference.id), store.sessions(database(), conference.id)
    speakers = {each.id: each for each, _ in store.speakers_of(database(), conference.id)}
    if form == "schedule.json":
        address = links.conference(settings(), conference.id)
        return schedule_json_of(conference, programme, sessions, speakers, address=address)
    tables = tables_of(programme, sessions, speakers, zone=conference.zone)
    return {"csv": csv_of, "xlsx": xlsx_of, "json": json_of}[form](tables)


def tables_from(content: bytes, *, content_type: str, name: str = "") -> tuple[Tables, tuple[str, ...]]:
    """The tables of a file, told by its type or by the end of its name, and what of it can't be held as it says; raises
    `FileUnreadable`."""
    if content_type == XLSX_TYPE or name.lower().endswith(".xlsx") or content.startswith(b"PK\x03\x04"):
        return tables_from_xlsx(content), ()
    if content_type == CSV_TYPE or name.lower().endswith((".csv", ".txt")):
        return tables_from_csv(content), ()
    document = document_from(content)
    return tables_from_schedule(document) if is_schedule(document) else (tables_from_json(document), ())


def rehearsed(conference: str, tables: Tables, *, by: str, speaker_email: str = "") -> Imported:
    """What a file would do; nothing is done."""
    try:
        database().run(
            commands.import_programme,
            conference=conference,
            tables=tables,
            seen=None,
            is_dry_run=True,
            by=by,
            speaker_email=speaker_email,
        )
    except Rehearsed as rehearsal:
        return rehearsal.imported
    raise AssertionError("a dry run always ends undone")


def imported_json(imported: Imported, *, is_done: bool = True, notes: Sequence[str] = ()) -> dict[str, Any]:
    """What an import did, as the API answers it."""
    return {
        "is_done": is_done,
        "digest": digest_of_effects(imported.effects),
        "effects": [each.as_json() for each in imported.effects],
        "notes": list(notes),
    }


def _seen() -> str | None:
    tags = request.if_match.as_set()
    return next(iter(tags), None) if len(tags) < 2 else ""
