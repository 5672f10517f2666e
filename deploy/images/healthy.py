"""Owns a container's answer to "are you well?": `healthy.py PORT PATH` ends well if the program inside says so.

Run without site packages every few seconds, so it asks over a plain socket and loads no library.
"""

import socket
import sys

ANSWER_SECONDS_MAX = 4.0


def main() -> int:
    """Answer 0 when the path gives a 200, otherwise 1 with what was said instead."""
    port, path = int(sys.argv[1]), sys.argv[2]
    try:
        status = _status_line(port, path=path)
    except OSError as error:
        print(f"no answer on port {port}: {error}")
        return 1
    print(status)
    return 0 if status.split(" ")[1:2] == ["200"] else 1


def _status_line(port: int, *, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode())
        return connection.makefile(encoding="latin-1").readline().strip()


if __name__ == "__main__":
    sys.exit(main())
