"""Owns the sentences for an engine that cannot run here: what happened, what did not happen, what to do next."""

import re
import shutil
from pathlib import Path

# Enough for the database's journal, the broker's logs and one demo town; with less they stop in the middle of work.
SPACE_NEEDED_BYTES = 400 * 1024 * 1024
_LOG_TAIL_BYTES = 20_000
_REASON_CHARACTERS_MAX = 400


class EngineRefused(Exception):
    """An engine cannot be had or cannot run; the message is meant for the person at the terminal."""


class PortTaken(EngineRefused):
    """The port that an engine remembers belongs to another process now."""

    def __init__(self, *, engine: str, port: int, port_file: Path) -> None:
        super().__init__(
            f"{engine} could not start: its port {port} is taken by another process. Nothing was started and no data "
            f"was touched. End that process, or delete {port_file} to have another port chosen, then start again."
        )


class SpaceMissing(EngineRefused):
    """The disk that holds a folder is full, or nearly."""

    def __init__(self, *, folder: Path, free_bytes: int, needed_bytes: int) -> None:
        super().__init__(
            f"The disk of {folder} has {free_bytes // 1024**2} MiB free and {needed_bytes // 1024**2} MiB are needed. "
            "Nothing was started. Free some space, or choose a data folder on another disk, then start again."
        )


class LibraryMissing(EngineRefused):
    """The machine lacks a shared library that an engine is linked against."""

    def __init__(self, *, engine: str, library: str) -> None:
        super().__init__(
            f"{engine} could not start: this machine has no shared library {library}. Nothing was started. Install it "
            "(Debian 12, Ubuntu 22.04 or newer: apt-get install libssl3 libcurl4), then start again."
        )


class EngineEnded(EngineRefused):
    """An engine ended while we waited for its first answer."""

    def __init__(self, *, engine: str, exit_status: int, log_path: Path, reason: str) -> None:
        said = f'It said: "{reason}".' if reason else "It said nothing."
        self.what_happened = (
            f"{engine} ended with status {exit_status} before it answered. No data was lost. {said} "
            f"All its words are in {log_path}."
        )
        super().__init__(f"{self.what_happened} Put that right, then start again.")


class EngineSilent(EngineRefused):
    """An engine runs, but did not answer in time."""

    def __init__(self, *, engine: str, waited_seconds: float, log_path: Path, missing: str) -> None:
        super().__init__(
            f"{engine} did not answer within {waited_seconds:.0f} s ({missing}). It was stopped and no data was lost. "
            f"Start again when the machine is less busy; what it was doing is at the end of {log_path}."
        )


def require_space(folder: Path, *, needed_bytes: int = SPACE_NEEDED_BYTES) -> None:
    """Refuse to begin on a disk that would be full before the work is done."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise SpaceMissing(folder=folder, free_bytes=free_bytes, needed_bytes=needed_bytes)


def why_it_ended(
    *, engine: str, exit_status: int, log_path: Path, port: int, port_file: Path, log_begins: int = 0
) -> EngineRefused:
    """The reason an engine gave in its log, as a sentence for people. What is before `log_begins` was said earlier."""
    said = last_words(log_path, log_begins=log_begins)
    library = re.search(r"error while loading shared libraries: (\S+?):", said)
    if library:
        return LibraryMissing(engine=engine, library=library[1])
    if "No space left on device" in said:
        return SpaceMissing(
            folder=log_path.parent,
            free_bytes=shutil.disk_usage(log_path.parent).free,
            needed_bytes=SPACE_NEEDED_BYTES,
        )
    if "Address already in use" in said:
        return PortTaken(engine=engine, port=port, port_file=port_file)
    return EngineEnded(engine=engine, exit_status=exit_status, log_path=log_path, reason=_reason_in(said))


def _reason_in(said: str) -> str:
    """The line that most likely names the cause: the deepest exception of the last trace, or else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [
        line for line in lines if line.startswith(("Caused by:", "Exception in thread", "Error:", "Unrecognized "))
    ]
    return (causes or lines or [""])[-1][:_REASON_CHARACTERS_MAX]


def last_words(log_path: Path, *, log_begins: int = 0) -> str:
    """The end of a log, enough to hold the reason of a death."""
    if not log_path.exists():
        return ""
    with log_path.open("rb") as log:
        log.seek(max(log_begins, log_path.stat().st_size - _LOG_TAIL_BYTES))
        return log.read().decode(errors="replace")
