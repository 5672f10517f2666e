"""`python -m deploy.provider`: starts the provider and stops it cleanly on SIGTERM or Ctrl-C."""

import signal
import sqlite3
import sys
import threading

import structlog
from waitress.server import create_server

from deploy.provider.app import create_app
from deploy.provider.provider import Provider
from deploy.provider.settings import SettingRefused, read_settings

THREAD_COUNT = 24  # slow faults hold a thread each
STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
STOP_SECONDS = 5


def main() -> int:
    try:
        settings = read_settings()
    except SettingRefused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    # Held back in every thread until somebody waits for them below: a signal never breaks into a request.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        provider = Provider(settings)
    except (OSError, sqlite3.Error) as error:
        print(f"The card provider cannot keep its records in {settings.data}: {error}.", file=sys.stderr)
        return 1
    try:
        server = create_server(
            create_app(provider), host=settings.host, port=settings.port, threads=THREAD_COUNT, ident=None
        )
    except OSError as error:
        print(
            f"The card provider cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Stop what uses that port, or set PROVIDER_PORT to another.",
            file=sys.stderr,
        )
        return 1
    provider.start()
    threading.Thread(target=server.run, name="server", daemon=True).start()
    structlog.get_logger().info("card provider ready", address=settings.address, data=str(settings.data))
    signal.sigwait(STOP_SIGNALS)
    server.task_dispatcher.shutdown(timeout=STOP_SECONDS)  # requests under way are answered
    provider.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
