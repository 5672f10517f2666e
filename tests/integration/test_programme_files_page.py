"""The page for programmes as files: a file is tried, then imported, and a fault is shown where it is."""

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.scheduling.programme.domain.table_files import FILE_BYTE_COUNT_MAX
from tests.integration.programme_house import Programme, begun, congress
from tests.integration.scheduling_town import Scheduling, Visitor
from tests.namespaces import Namespace

SESSIONS = b"code,title,kind,minutes\nC-31,Records,concurrent,75\nC-32,<b>Minutes</b>,concurrent,75\n"


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with congress(module_namespace) as running:
        yield running


@pytest.fixture
def programme(town: Scheduling) -> Programme:
    """A congress with rooms, tracks and times."""
    made = begun(town)
    made.framed()
    return made


def path(programme: Programme) -> str:
    return f"/desk/conferences/{programme.conference}/programme/files"


def at_the_desk(programme: Programme) -> Visitor:
    return programme.town.visitor().signed_in("committee")


def uploaded(visitor: Visitor, programme: Programme, content: bytes, *, name: str = "sessions.csv") -> TestResponse:
    hidden = re.findall(r'name="csrf_token" value="([^"]*)"', visitor.see(path(programme)).text)
    return visitor.client.post(
        f"/scheduling{path(programme)}",
        data={"csrf_token": hidden[0], "file": (io.BytesIO(content), name)},
        headers={"Accept": "text/html"},
    )


def hidden_of(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text.partition("Import this")[0])
    return {name: html.unescape(value) for name, value in found}


def codes(programme: Programme) -> list[Any]:
    return [each["code"] for each in programme.done("GET", "/sessions")["items"]]


def test_a_file_is_tried_first_and_imported_then(programme: Programme) -> None:
    visitor = at_the_desk(programme)

    trial = uploaded(visitor, programme, SESSIONS)
    before = codes(programme)
    imported = visitor.send(path(programme), hidden_of(trial))
    after = visitor.see(path(programme))

    assert (trial.status_code, imported.status_code, before) == (200, 303, [])
    assert "2 rows are new or changed. Nothing was imported yet" in trial.text
    assert "&lt;b&gt;Minutes&lt;/b&gt;" in trial.text
    assert "Imported: 2 rows are new or changed in the draft. Nobody was told." in after.text
    assert codes(programme) == ["C-31", "C-32"]


def test_pressing_import_twice_imports_once(programme: Programme) -> None:
    visitor = at_the_desk(programme)
    fields = hidden_of(uploaded(visitor, programme, SESSIONS))

    answers = [visitor.send(path(programme), fields).status_code for _ in range(2)]

    assert (answers, len(codes(programme))) == ([303, 303], 2)


def test_what_was_changed_since_it_was_tried_is_not_overwritten(programme: Programme) -> None:
    visitor = at_the_desk(programme)
    fields = hidden_of(uploaded(visitor, programme, SESSIONS))
    programme.session("C-31")

    refused = visitor.send(path(programme), fields)

    assert refused.status_code == 412
    assert "Nothing was imported" in refused.text
    assert codes(programme) == ["C-31"]


def test_faults_are_shown_with_row_column_and_reason(programme: Programme) -> None:
    refused = uploaded(at_the_desk(programme), programme, SESSIONS + b"C-33,,party,75\n")

    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", refused.text)
    assert refused.status_code == 422
    assert [each[:3] for each in rows] == [("sessions", "4", "title"), ("sessions", "4", "kind")]
    assert codes(programme) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"x" * (FILE_BYTE_COUNT_MAX + 1), "larger than"),
        (b"a,b\n1,2\n", "none that we know"),
    ],
)
def test_a_file_that_is_none_is_refused_on_the_page(programme: Programme, content: bytes, sentence: str) -> None:
    refused = uploaded(at_the_desk(programme), programme, content)

    assert refused.status_code == 422
    assert sentence in refused.text


def test_no_file_and_a_form_that_was_tampered_with_are_refused(programme: Programme) -> None:
    visitor = at_the_desk(programme)
    fields = hidden_of(uploaded(visitor, programme, SESSIONS))

    none = visitor.send(path(programme), {"csrf_token": fields["csrf_token"]})
    tampered = [visitor.send(path(programme), fields | {"held": held}) for held in ("", "!", "AAAA", "ä")]

    assert none.status_code == 422
    assert [each.status_code for each in tampered] == [422] * 4
    assert codes(programme) == []


def test_the_page_is_the_committees(programme: Programme) -> None:
    finance = programme.town.visitor().signed_in("finance")

    assert programme.town.visitor().see(path(programme)).status_code == 303
    assert finance.see(path(programme)).status_code == 403
    assert at_the_desk(programme).see("/desk/conferences/nowhere/programme/files").status_code == 404


def test_the_files_can_be_downloaded_from_the_page(programme: Programme) -> None:
    visitor = at_the_desk(programme)
    links = re.findall(r'href="(/scheduling/conferences/[^"]*/export/[^"]*)"', visitor.see(path(programme)).text)

    answers = [visitor.see(each.removeprefix("/scheduling")) for each in links]

    assert [each.status_code for each in answers] == [200, 200, 200]
    assert all("attachment" in each.headers["Content-Disposition"] for each in answers)
