"""Owns what a run of the tests says of itself: a failed test's name at once, and figures of each folder at the end."""

from collections import Counter, defaultdict
from heapq import nlargest
from pathlib import PurePath

import pytest
from _pytest.terminal import TerminalReporter

SLOWEST_COUNT = 12


class Figures:
    """What was seen of each folder and file: how many tests, and how many seconds they took, set-up included."""

    def __init__(self, reporter: TerminalReporter) -> None:
        self._reporter = reporter
        self._tests: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._seconds_of_files: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one step of one test, and say at once what failed."""
        file = report.nodeid.partition("::")[0]
        folder = folder_of(file)
        self._seconds[folder] += report.duration
        self._seconds_of_files[file] += report.duration
        if report.when == "call":
            self._tests[folder] += 1
        if report.failed:
            self._failed[folder] += 1
            self._reporter.write_line(f"\nFAILED {report.nodeid} ({report.when})", red=True)

    def pytest_terminal_summary(self) -> None:
        """Print a line for each folder, and the files that took longest."""
        if len(self._tests) < 2:
            return
        self._reporter.section("where the time went: seconds of all workers together")
        for folder, count in sorted(self._tests.items()):
            failed = f", {self._failed[folder]} failed" if self._failed[folder] else ""
            self._reporter.write_line(f"{folder:14}{count:6} tests {self._seconds[folder]:8.1f} s{failed}")
        for seconds, file in nlargest(
            SLOWEST_COUNT, ((seconds, file) for file, seconds in self._seconds_of_files.items())
        ):
            self._reporter.write_line(f"{seconds:8.1f} s  {file}")


def folder_of(file: str) -> str:
    """The folder of the tests that a file lies in."""
    parts = PurePath(file).parts
    return parts[1] if len(parts) > 2 else parts[0]
