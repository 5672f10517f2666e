"""Programmes going out as files and coming in from them: told apart, tried, and answered in one way."""

from collections.abc import Sequence
from typing import Any

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.commands.editing import Rehearsed
from services.scheduling.programme.commands.importing import Imported
from services.scheduling.programme.domain.comparing import digest_of_effects
from services.scheduling.programme.domain.schedule_files import is_schedule, tables_from_schedule
from services.scheduling.programme.domain.schedule_json import schedule_json_of
from services.scheduling.programme.domain.table_files import (
    csv_of,
    document_from,
    json_of,
    tables_from_csv,
    tables_from_json,
    tables_from_xlsx,
    xlsx_of,
)
from services.scheduling.programme.domain.tables import Tables
from services.scheduling.programme.domain.writing import tables_of
from services.scheduling.programme.store import programme as store
from shared.mongo import Database
from shared.web.spreadsheets import XLSX_TYPE

CSV_TYPE = "text/csv"
JSON_TYPE = "application/json"
FORMS = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "json": JSON_TYPE, "schedule.json": JSON_TYPE}


def exported(database: Database, conference: Conference, form: str, *, address: str) -> bytes:
    """The draft as a file of this form; `address` is the conference's own page."""
    programme, sessions = store.programme(database, conference.id), store.sessions(database, conference.id)
    speakers = {each.id: each for each, _ in store.speakers_of(database, conference.id)}
    if form == "schedule.json":
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


def rehearsed(database: Database, conference: str, tables: Tables, *, by: str, speaker_email: str = "") -> Imported:
    """What a file would do; nothing is done."""
    try:
        database.run(
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
