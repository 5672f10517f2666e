"""Owns starting child processes that never outlive us, and ending them. A Ctrl-C in the terminal does not reach them
before us.

Every child gets a session of its own (so the terminal signals only us, and we stop children in order) and dies with us
even when we are killed with `kill -9`. Linux ties that promise to the *thread* that started the child, so all children
are started by one thread that lives as long as the process. When to end them is left to the callers.
"""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO

_LEASH_EXEC = Path(__file__).with_name("leash_exec.py")
_Child = subprocess.Popen[bytes]
KILL_SECONDS_MAX = 60.0  # a process that waits for a busy disk ends when the disk has answered

_orders: queue.SimpleQueue[tuple[Callable[[], _Child], Future[_Child]]] = queue.SimpleQueue()
_starter_lock = threading.Lock()
_starter: threading.Thread | None = None


def start(
    command: Sequence[str],
    *,
    output: IO[bytes] | int,
    environment: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> _Child:
    """Start a program (an absolute path and its arguments) that ends when we end, however we end."""
    leashed = [sys.executable, "-I", "-S", str(_LEASH_EXEC), str(os.getpid()), *command]

    def spawn() -> _Child:
        return subprocess.Popen(
            leashed,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=working_folder,
            start_new_session=True,
        )

    _ensure_starter()
    started: Future[_Child] = Future()
    _orders.put((spawn, started))
    return started.result()


def stop(child: _Child, *, within_seconds: float) -> None:
    """Ask this process to end in good order; kill it when it does not."""
    child.terminate()
    try:
        child.wait(timeout=within_seconds)
    except subprocess.TimeoutExpired:
        kill(child)


def kill(child: _Child) -> None:
    """End this process as a power cut would. By the time this returns there may be another in its place: callers hand
    over the one that they mean, and nobody waits for its successor."""
    child.kill()
    try:
        child.wait(timeout=KILL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise TimeoutError(
            f"Process {child.pid} was killed with signal 9 and has not ended within {KILL_SECONDS_MAX:.0f} s. Is the "
            "disk very slow, or the machine out of memory? It ends when the system lets it."
        ) from None


def _ensure_starter() -> None:
    global _starter
    with _starter_lock:
        if _starter is None:
            _starter = threading.Thread(target=_serve_orders, name="leash", daemon=True)
            _starter.start()


def _serve_orders() -> None:
    while True:
        spawn, started = _orders.get()
        try:
            started.set_result(spawn())
        except OSError as refusal:
            started.set_exception(refusal)
