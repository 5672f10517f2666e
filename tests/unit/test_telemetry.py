"""A log line tells where an error came from, and nothing of what it quotes."""

import json

import pytest
import structlog

from shared.telemetry import configure_logs, log


def test_an_errors_own_words_stay_out_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("payments", "info")
    try:
        raise ValueError("Dana Whitfield <dana.whitfield@millbrook.example>")
    except ValueError as error:
        log.exception("request failed", error=type(error).__name__)
    finally:
        structlog.reset_defaults()

    line = json.loads(capsys.readouterr().out)
    assert "millbrook" not in json.dumps(line)
    assert (line["event"], line["error"], line["service"]) == ("request failed", "ValueError", "payments")
    assert line["frames"][-1].endswith("test_an_errors_own_words_stay_out_of_the_log")
