"""The parts of the services: what the manifests say is so, is printed, and holds for imports."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from deploy.catalogue.parts import BEGIN, END, long_table, manifest_faults, manifests, printed, short_table
from shared.parts import Assembly, Manifest, Part, current, manifest_of
from shared.web.words import add_templates

ROOT = Path(__file__).parent.parent.parent
HOUSE = Manifest("house", (Part("cellar", "Where coal is kept."), Part("attic", "Where letters are kept.")))
CONTRACT = """
[importlinter]
root_packages =
    services
    shared
contract_types =
    parts: deploy.catalogue.contract.PartsContract

[importlinter:contract:parts]
name = parts
type = parts
"""
PARTS = """
from shared.parts import Manifest, Part

MANIFEST = Manifest("house", (Part("cellar", "Where coal is kept."), Part("attic", "Where letters are kept.")))
"""


def build(root: Path, files: dict[str, str]) -> None:
    """Write these files, with the packages around them."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for package in file.relative_to(root).parents:
            if package != Path():
                (root / package / "__init__.py").touch()
        file.write_text(text)


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of a town with one service, a house with a cellar and an attic."""
    shutil.copytree(ROOT / "shared", root / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "deploy" / "catalogue", root / "deploy" / "catalogue")
    (root / "deploy" / "__init__.py").touch()
    settings = root / "shared" / "settings.py"
    settings.write_text(settings.read_text() + '\nSERVICES = ("house",)\n')
    (root / ".importlinter").write_text(CONTRACT)
    program = Path(sys.executable).parent / "lint-imports"
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        [program, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_part_may_import_what_is_below_it(tmp_path: Path) -> None:
    above = "from services.house.cellar import domain\n\nUSED = domain\n"
    build(
        tmp_path,
        {
            "services/house/parts.py": PARTS,
            "services/house/cellar/domain.py": "",
            "services/house/attic/domain.py": above,
        },
    )

    done = lint(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_part_that_imports_what_is_above_it_breaks_the_contract(tmp_path: Path) -> None:
    below = "from services.house.attic import domain\n\nUSED = domain\n"
    build(
        tmp_path,
        {
            "services/house/parts.py": PARTS,
            "services/house/cellar/domain.py": below,
            "services/house/attic/domain.py": "",
        },
    )

    done = lint(tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "services.house.cellar imports services.house.attic" in " ".join(done.stdout.split())


def test_every_service_with_a_manifest_has_the_parts_that_it_names_and_no_others() -> None:
    assert list(manifest_faults(manifests(), ROOT)) == []


def test_a_manifest_that_is_not_so_is_a_fault(tmp_path: Path) -> None:
    build(tmp_path, {"services/house/cellar/domain.py": "", "services/house/shed/domain.py": ""})
    broken = Manifest("house", (Part("cellar", "Where coal is"), Part("attic", "Where letters are kept.")))

    assert list(manifest_faults([broken], tmp_path)) == [
        "house: its manifest names attic, and there is no such package.",
        "house: shed is a package and no part in its manifest.",
        "house cellar: what is said of it is no whole sentence.",
    ]


def test_what_is_none_of_the_rooms_has_no_place_in_a_part(tmp_path: Path) -> None:
    build(tmp_path, {"services/house/cellar/domain/coal.py": "", "services/house/attic/store.py": ""})
    build(tmp_path, {"services/house/attic/helpers.py": "", "services/house/attic/templates/attic/page.html": ""})

    assert list(manifest_faults([HOUSE], tmp_path)) == ["house attic: helpers.py is none of the rooms that a part has."]


def test_the_templates_of_all_parts_are_found_by_their_part_and_name() -> None:
    manifest = manifest_of("scheduling")
    app = Flask(__name__)
    add_templates(app, manifest.template_folders)

    found = app.jinja_env.list_templates()

    assert "call/propose.html" in found
    assert {name.partition("/")[0] for name in found} <= {part.name for part in manifest.parts}


def test_the_tables_name_every_part_once_and_lead_to_it() -> None:
    assert "| [house](ARCHITECTURE.md#parts-of-house) | `cellar`, `attic` |" in short_table([HOUSE])
    assert "| [attic](services/house/attic) | Where letters are kept. |" in long_table([HOUSE])
    document = printed(f"Before.\n{BEGIN}\nold\n{END}\nAfter.", short_table([HOUSE]))
    assert document.startswith("Before.\n")
    assert document.endswith("\nAfter.")
    assert "old" not in document
    with pytest.raises(ValueError, match="no markers"):
        printed("Before. After.", short_table([HOUSE]))


def test_what_was_put_together_is_found_by_its_type_and_there_is_one_of_each() -> None:
    door = Blueprint("door", __name__)
    assembly = Assembly(door)
    app = Flask(__name__)
    assembly.attach(app)

    with app.app_context():
        assert current(Blueprint) is door
        with pytest.raises(KeyError):
            current(Manifest)
    with pytest.raises(TypeError, match="two things are registered as Blueprint"):
        assembly.add(Blueprint, door)
