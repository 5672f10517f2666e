"""Owns what a run of the tests says of itself: a failed test's name at once, and figures of each folder at the end.

A busy machine makes seconds longer and leaves the processor's nearly as they are, so both are printed: of the tests and
of what they started and saw end, without the engines.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Generator
from heapq import nlargest
from pathlib import PurePath

import pytest
from _pytest.terminal import TerminalReporter

SLOWEST_COUNT = 20
SPENT = "processor_seconds"  # what a report carries from a worker


class Processor:
    """Writes on every step's report what it took of a processor, in the process that runs the tests."""

    def __init__(self) -> None:
        self._spent = _spent_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What was spent since the step before."""
        report = yield
        before, self._spent = self._spent, _spent_seconds()
        setattr(report, SPENT, self._spent - before)
        return report


def _spent_seconds() -> float:
    """By this process so far, and by those it started that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


class Figures:
    """What was seen of each folder and file: how many tests, and how many seconds they took, set-up included."""

    def __init__(self, reporter: TerminalReporter) -> None:
        self._reporter = reporter
        self._tests: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._seconds_of_files: dict[str, float] = defaultdict(float)
        self._processor: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one step of one test, and say at once what failed."""
        file = report.nodeid.partition("::")[0]
        folder = folder_of(file)
        self._seconds[folder] += report.duration
        self._seconds_of_files[file] += report.duration
        spent: float = getattr(report, SPENT, 0.0)
        self._processor[folder] += spent
        self._processor[file] += spent
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
            spent = f"{self._seconds[folder]:8.1f} s, of a processor {self._processor[folder]:7.1f} s"
            self._reporter.write_line(f"{folder:14}{count:6} tests {spent}{failed}")
        for seconds, file in nlargest(
            SLOWEST_COUNT, ((seconds, file) for file, seconds in self._seconds_of_files.items())
        ):
            self._reporter.write_line(f"{seconds:8.1f} s {self._processor[file]:8.1f} s  {file}")


def folder_of(file: str) -> str:
    """The folder of the tests that a file lies in."""
    parts = PurePath(file).parts
    return parts[1] if len(parts) > 2 else parts[0]
