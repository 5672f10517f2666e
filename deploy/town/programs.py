"""Owns one of our own programs as a child process: its port, its log, its start and its end.

Leaves what it is told to `deploy.town.wiring`, and keeping it alive to `deploy.town.supervision`.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.town import leash, ports
from deploy.town.engines import EngineRefused
from deploy.town.engines.refusals import last_words

REPOSITORY = Path(__file__).resolve().parents[2]
LAST_WORDS_LINE_COUNT = 12
STOP_SECONDS_MAX = 25.0  # a service gives its threads 20 s; then it is killed, which it survives as well


class ProgramRefused(EngineRefused):
    """A program of the town could not start; the message is meant for the person at the terminal."""


@dataclass(frozen=True)
class KeptPort:
    """A port that a program listens on: what it is for, and the file that remembers it."""

    program: str
    file: Path

    @property
    def number(self) -> int:
        """The port, chosen free once and then the same at every start, so that bookmarks stay right."""
        if not self.file.exists():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft = self.file.with_suffix(".draft")  # whole or not at all: the disk may be full
            draft.write_text(f"{ports.new_port(self.file.parent.parent)}\n")
            draft.rename(self.file)
        return int(self.file.read_text())

    def require(self) -> None:
        """Refuse to start while somebody else listens there."""
        if ports.is_taken(self.number):
            raise ProgramRefused(
                f"Port {self.number} is taken by another process, and {self.program} needs it. Nothing was started and "
                f"no data was touched. End that process, or delete {self.file} to let {self.program} choose another "
                "port, then start again."
            )


def of_module(module: str) -> list[str]:
    """The command of a program that is one of our own modules."""
    return [sys.executable, "-m", module]


class Program:
    """One program of the town as a child process with a log."""

    def __init__(
        self, name: str, *, command: Sequence[str], folder: Path, environment: Mapping[str, str], ready_url: str
    ) -> None:
        self.name = name
        self.ready_url = ready_url
        self.log_path = folder / "log"
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self) -> int | None:
        """The process id while there is one."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; its words are added to the log."""
        with self.log_path.open("ab") as log:
            self._process = leash.start(
                self._command, output=log, environment=self._environment, working_folder=REPOSITORY
            )

    def ask_to_stop(self) -> None:
        """Let it end in good order."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Wait until it has ended; end it when it doesn't."""
        if self._process is not None:
            leash.stop(self._process, within_seconds=STOP_SECONDS_MAX)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            leash.kill(self._process)

    def why_it_ended(self) -> ProgramRefused:
        """The sentence for a program that ended before it was ready, with the end of its log."""
        status = self._process.returncode if self._process else None
        said = "\n".join(f"  | {line}" for line in last_words(self.log_path).splitlines()[-LAST_WORDS_LINE_COUNT:])
        return ProgramRefused(
            f"{self.name} could not start (it ended with status {status}). Everything else was stopped again and no "
            f"data was lost. Its last words, from {self.log_path}:\n{said}"
        )

    def why_it_is_silent(self, waited_seconds: float, *, last_answer: str) -> ProgramRefused:
        """The sentence for a program that runs and does not become ready."""
        return ProgramRefused(
            f"{self.name} was not ready within {waited_seconds:.0f} s; the last it said was: {last_answer}\n"
            "Everything was stopped again and no data was lost. Start again when the machine is less busy; what "
            f"{self.name} was doing is at the end of {self.log_path}."
        )
