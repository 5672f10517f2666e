"""Programmes going out and coming in over HTTP: files to download, and one file to be tried first and imported then."""

from functools import partial
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate

from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.commands.files import (
    CSV_TYPE,
    FORMS,
    JSON_TYPE,
    exported,
    imported_json,
    rehearsed,
    tables_from,
)
from services.scheduling.programme.domain.table_files import (
    BODY_BYTE_COUNT_MAX,
)
from services.scheduling.programme.schemas.requests import SpeakerEmail
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.problem import NotFound
from shared.web import links
from shared.web.current import database, principal, settings
from shared.web.documented import KEY, SIGNED_IN, Blueprint, documented, idempotency_key
from shared.web.spreadsheets import XLSX_TYPE

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


class Trial(SpeakerEmail):
    """Whether to try only."""

    dry_run = fields.Boolean(load_default=False)


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
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(
    **SIGNED_IN,
    responses={200: {"description": "The draft.", "content": {each: {"schema": _SHAPE} for each in FORMS.values()}}},
)
def export_programme(conference: str, form: str) -> Response:
    """The draft as a file: `csv` (sessions), `xlsx` and `json` (everything), `schedule.json` (what has a place)."""
    if form not in FORMS:
        raise NotFound(f"There is no such file. Take one of {', '.join(FORMS)}.")
    found = conference_of(database(), conference)
    address = links.conference(settings(), found.id)
    response = Response(exported(database(), found, form, address=address), content_type=FORMS[form])
    name = "schedule.json" if form == "schedule.json" else f"programme.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.key}-{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/import", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
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
    conference_of(database(), conference)
    tables, notes = tables_from(request.get_data(), content_type=request.mimetype)
    email = asked["speaker_email"]
    if asked["dry_run"]:
        idempotency_key()
        rehearsal = rehearsed(database(), conference, tables, by=principal().words, speaker_email=email)
        return imported_json(rehearsal, is_done=False, notes=notes)
    made: dict[str, Any] = idempotency.run_once(
        database(),
        commands.import_programme,
        key=idempotency_key(),
        scope=principal().scope,
        answer=partial(imported_json, notes=notes),
        conference=conference,
        tables=tables,
        speaker_email=email,
        seen=_seen(),
        is_dry_run=False,
        by=principal().words,
    )
    return made


def _seen() -> str | None:
    tags = request.if_match.as_set()
    return next(iter(tags), None) if len(tags) < 2 else ""
