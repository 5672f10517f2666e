"""Owns the life of one engine as a child process: started, awaited, stopped or killed, its port kept in its folder."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.town import leash, ports
from deploy.town.engines.refusals import EngineSilent, PortTaken, why_it_ended

ANSWER_DEADLINE_SECONDS = 90.0  # an engine answers in 2 to 5 s; a busy laptop after a crash may need far longer
STOP_DEADLINE_SECONDS = 20.0  # then it is killed: both engines recover from that
POLL_SECONDS = 0.05


class EngineChild:
    """One engine's process, log and remembered ports, in one folder."""

    def __init__(self, *, engine: str, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.log_path = folder / "log"
        self._log_begins = 0  # where in the log the words of this start begin
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self) -> int | None:
        """The process id while there is one."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the engine's process is alive."""
        return self._process is not None and self._process.poll() is None

    def port(self, name: str = "port") -> int:
        """The port of this name: chosen once, then the same at every start."""
        port_file = self.folder / name
        if not port_file.exists():
            # Whole or not at all, and the first to choose decides: threads and other processes read this file too.
            with tempfile.NamedTemporaryFile("w", dir=self.folder) as chosen, suppress(FileExistsError):
                chosen.write(f"{ports.new_port(self.folder.parent)}\n")
                chosen.flush()
                os.link(chosen.name, port_file)
        return int(port_file.read_text())

    def require_port(self, name: str = "port") -> None:
        """Refuse to start while somebody else listens on our port."""
        if ports.is_taken(self.port(name)):
            raise PortTaken(engine=self.engine, port=self.port(name), port_file=self.folder / name)

    def run(self, command: Sequence[str]) -> None:
        """Start the process; its words are added to the log."""
        with self.log_path.open("ab") as log:
            self._log_begins = log.tell()
            self._process = leash.start(command, output=log, working_folder=self.folder)

    def run_to_end(self, command: Sequence[str]) -> None:
        """Run a preparing program of the engine and wait for its success."""
        self.run(command)
        assert self._process is not None
        exit_status = self._process.wait(timeout=ANSWER_DEADLINE_SECONDS)
        if exit_status != 0:
            raise self._ended(exit_status)

    def wait_until(self, answers: Callable[[], bool], *, missing: str) -> None:
        """Return when the engine answers; refuse, with its reason, when it ends or stays silent."""
        assert self._process is not None
        deadline = time.monotonic() + ANSWER_DEADLINE_SECONDS
        while not answers():
            exit_status = self._process.poll()
            if exit_status is not None:
                raise self._ended(exit_status)
            if time.monotonic() > deadline:
                self.stop()
                raise EngineSilent(
                    engine=self.engine,
                    waited_seconds=ANSWER_DEADLINE_SECONDS,
                    log_path=self.log_path,
                    missing=missing,
                )
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask the engine to end in good order; kill it when it does not."""
        if self._process is not None:
            leash.stop(self._process, within_seconds=STOP_DEADLINE_SECONDS)

    def kill(self) -> None:
        """End the engine as a power cut would: no word, no clean-up."""
        if self._process is not None:
            leash.kill(self._process)

    def _ended(self, exit_status: int) -> Exception:
        return why_it_ended(
            engine=self.engine,
            exit_status=exit_status,
            log_path=self.log_path,
            log_begins=self._log_begins,
            port=self.port(),
            port_file=self.folder / "port",
        )
