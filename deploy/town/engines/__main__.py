"""Owns the command `python -m deploy.town.engines up --data DIR`: both engines, until it is told to stop."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from deploy.town import engines


def main() -> int:
    """Start the engines, print where they are, and stay until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deploy.town.engines", description=main.__doc__)
    parser.add_argument("action", choices=["up"])
    parser.add_argument("--data", type=Path, default=Path("var/engines"), help="the folder that keeps their data")
    chosen = parser.parse_args()
    stop_asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_asked.set())
    try:
        running = engines.start(chosen.data)
    except engines.EngineRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    try:
        for name, value in running.environment.items():
            print(f"{name}={value}", flush=True)
        while not stop_asked.wait(timeout=1) and _all_alive(running):
            pass
        return 0 if stop_asked.is_set() else 1
    finally:
        running.stop()


def _all_alive(running: engines.Engines) -> bool:
    for name, engine in (("mongod", running.mongod), ("Apache Kafka", running.kafka)):
        if engine and not engine.is_running:
            print(f"{name} ended by itself; the other one is stopped too. The reason is in its log.", file=sys.stderr)
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
