"""The documents lead somewhere: every place they name is there, and the main question is answered in two hops."""

import re
from pathlib import Path

import pytest

from deploy.catalogue.parts import manifests

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted(ROOT.glob("*.md"))
QUESTION = "What happens when a conference is cancelled?"
STORY = "tests/stories/test_conference_cancelled.py"


def links(document: Path) -> list[str]:
    """The addresses that a document links to, code blocks left out."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(document: Path) -> set[str]:
    """The headings of a document as its links name them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_the_root_documents_are_all_there() -> None:
    wanted = {"README", "EVENTS", "ARCHITECTURE", "DECISIONS", "CONTRIBUTING", "CHANGELOG"}

    assert wanted == {document.stem for document in DOCUMENTS}
    assert (ROOT / "LICENSE").exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_place_that_a_document_names_is_there(document: Path) -> None:
    missing = []
    for link in links(document):
        if link.startswith("https:"):
            continue
        path, _, anchor = link.partition("#")
        target = ROOT / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)

    assert missing == []


def test_every_row_of_the_table_of_places_names_a_place() -> None:
    table = (ROOT / "README.md").read_text().partition("## Where do I look?")[2].partition("## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line][1:]

    assert len(rows) >= 8
    assert all("](" in row or "`" in row for row in rows)


def test_from_the_readme_the_main_question_takes_two_hops() -> None:
    """README names the question, EVENTS.md has the tree, and the tree's page names the story."""
    row = next(line for line in (ROOT / "README.md").read_text().splitlines() if f"| {QUESTION}" in line)
    events = (ROOT / "EVENTS.md").read_text()
    tree = events.partition("### ConferenceCancelled")[2].partition("\n### ")[0]

    assert "EVENTS.md#conferencecancelled" in row
    assert STORY in row
    assert STORY in events
    for told in ("RegistrationCancelled", "SettlementOffered", "InvoiceVoided", "GrantReleased", "RefundSettled"):
        assert f"**{told}**" in tree
    assert "def test_" in (ROOT / STORY).read_text()


def test_from_the_readme_every_part_is_found_in_two_hops() -> None:
    """README leads to the table of a service's parts, and that to the part; each is said in a sentence."""
    for manifest in manifests():
        table = f"ARCHITECTURE.md#parts-of-{manifest.service}"
        assert table in links(ROOT / "README.md")
        assert table.partition("#")[2] in anchors(ROOT / "ARCHITECTURE.md")
        for part in manifest.parts:
            assert f"services/{manifest.service}/{part.name}" in links(ROOT / "ARCHITECTURE.md")
            assert f"`{part.name}`" in (ROOT / "README.md").read_text()


def test_the_readme_is_one_screen_and_names_both_commands() -> None:
    text = (ROOT / "README.md").read_text()

    assert "make run" in text
    assert "make test" in text
    assert len(text.splitlines()) <= 80
