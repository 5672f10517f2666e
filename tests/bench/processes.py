"""Owns what processes cost: CPU time, and the memory that is theirs when what they share is split fairly (PSS)."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType

import psutil

PEAK_LOOK_SECONDS = 2.0
_KIB_PER_MIB = 1024


class Processes:
    """Processes by name, each of them still running."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}

    @classmethod
    def of_town(cls) -> "Processes":
        """Everything that the town in this process has started: engines, services, card provider, mailbox."""
        children = {_name(child.cmdline()): child.pid for child in psutil.Process().children()}
        return cls({name: pid for name, pid in children.items() if name})

    def cpu_seconds(self) -> dict[str, float]:
        """The CPU time that each has used since it was started."""
        times = {name: process.cpu_times() for name, process in self._processes.items()}
        return {name: time.user + time.system for name, time in times.items()}

    def memory_mib(self) -> dict[str, float]:
        """The memory of each, shared pages counted in proportion."""
        return {name: _pss_mib(process.pid) for name, process in self._processes.items()}


class Cost:
    """The CPU time that processes use between `began` and a look, without what they use `at_rest`, which is in CPU
    seconds a second."""

    def __init__(self, processes: Processes, *, at_rest: Mapping[str, float] = MappingProxyType({})) -> None:
        self._processes = processes
        self._at_rest = at_rest
        self._began = processes.cpu_seconds()
        self._began_at = time.perf_counter()

    def milliseconds_each(self, count: int) -> dict[str, float]:
        """CPU milliseconds of each process for each of so many things done."""
        used = self._processes.cpu_seconds()
        seconds = time.perf_counter() - self._began_at
        done = {name: used[name] - self._began[name] - self._at_rest.get(name, 0.0) * seconds for name in used}
        return {name: round(done[name] / count * 1000, 3) for name in used}

    def seconds(self) -> float:
        """The CPU seconds of all together."""
        return sum(self._processes.cpu_seconds().values()) - sum(self._began.values())


class Peak:
    """Looks at the memory of processes now and then while a block runs, and keeps the most that was seen."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.memory_mib: dict[str, float] = {}

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(PEAK_LOOK_SECONDS):
            with suppress(OSError, psutil.Error):  # one of them is being started again
                seen = self._processes.memory_mib()
                if sum(seen.values()) > sum(self.memory_mib.values()):
                    self.memory_mib = seen


def _name(command: Sequence[str]) -> str:
    """What a child is called: our own by their modules, the engines by their programs; empty for any other."""
    if "-m" in command:
        return command[command.index("-m") + 1].rpartition(".")[2]
    program = Path(command[0]).name if command else ""
    return {"mongod": "mongod", "java": "kafka", "caddy": "front"}.get(program, "")


def _pss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return round(int(line.split()[1]) / _KIB_PER_MIB, 1)
    raise LookupError(f"process {pid} has no proportional set size")
