"""`python -m deploy.mailbox`: the mailbox of the demo, from the environment's settings, until it is told to stop."""

import logging
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path
from types import FrameType

from waitress.server import create_server

from deploy.mailbox.door import FaultsPlanned, MailDoor, Receiver
from deploy.mailbox.keep import Keep
from deploy.mailbox.page import create_app

PAGE_THREAD_COUNT = 4


def main() -> int:
    """Open the mailbox; answer 0 after a clean stop and 1 when it can't open."""
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "WARNING"), format="%(levelname)s %(name)s %(message)s")
    # The libraries log peers and addresses of mails at lower levels, and personal data belongs in no log.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _leave)
    try:
        _serve(
            host=os.environ.get("MAILBOX_HOST", "127.0.0.1"),
            smtp_port=int(os.environ.get("MAILBOX_SMTP_PORT", "1025")),
            page_port=int(os.environ.get("MAILBOX_HTTP_PORT", "8025")),
            folder=Path(os.environ.get("MAILBOX_DATA", "var/mailbox")),
        )
    except (OSError, OverflowError, ValueError, sqlite3.Error) as error:
        print(
            f"The mailbox could not open: {error}. No mail was taken. Free the port, or set MAILBOX_SMTP_PORT,"
            " MAILBOX_HTTP_PORT, MAILBOX_HOST or MAILBOX_DATA to others, and start it again.",
            file=sys.stderr,
        )
        return 1
    return 0


def _serve(*, host: str, smtp_port: int, page_port: int, folder: Path) -> None:
    keep, faults = Keep(folder), FaultsPlanned()
    writer = keep.writer()
    door = MailDoor(host=host, port=smtp_port, receiver=Receiver(writer=writer, faults=faults))
    page_socket = socket.create_server((host, page_port))
    app = create_app(keep=keep, faults=faults)
    page = create_server(app, sockets=[page_socket], threads=PAGE_THREAD_COUNT, ident=None)
    door.start()
    print(f"mailbox smtp://{host}:{door.port} page http://{host}:{page_socket.getsockname()[1]}/", flush=True)
    try:
        page.run()  # returns when the process is told to stop
    finally:
        page.close()
        door.stop()
        writer.close()


def _leave(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the signal module's)
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
