"""Owns the last step before a leashed program runs: tie its life to the starter's, then become the program.

Run as a file by `deploy.town.leash`, with the standard library only, so that it costs a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from the kernel's linux/prctl.h
EXIT_NOT_STARTED = 127  # what a shell answers when it cannot run a program


def main() -> None:
    """Ask the kernel for SIGKILL when the starter ends, check that it has not ended already, run the program."""
    starter_pid, program = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != starter_pid:
        sys.exit(EXIT_NOT_STARTED)
    try:
        os.execv(program[0], program)  # noqa: S606 - becoming the program, without a shell, is what this file is for
    except OSError as refusal:
        sys.exit(f"{program[0]} could not be run: {refusal.strerror}")


if __name__ == "__main__":
    main()
