"""Prints EVENTS.md, the AsyncAPI document and the tables of parts: `python -m deploy.catalogue [--check]`.

Nothing here is written by hand: a listener that isn't declared doesn't exist, because the worker would not call it.
"""

import argparse
import json
import sys
from pathlib import Path

from deploy.catalogue.asyncapi import asyncapi
from deploy.catalogue.events import events_page
from deploy.catalogue.faults import faults
from deploy.catalogue.parts import long_table, manifest_faults, manifests, printed, short_table
from deploy.catalogue.reading import read_code

ROOT = Path(__file__).parent.parent.parent
EVENTS = ROOT / "EVENTS.md"
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
ASYNCAPI = ROOT / "shared" / "contracts" / "asyncapi.json"


def main() -> int:
    """Write the documents, or with `--check` say whether they are what the code would print, and the map is true."""
    parser = argparse.ArgumentParser(description="Print EVENTS.md and the AsyncAPI document from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a document is stale")
    check = parser.parse_args().check
    catalogue = read_code()
    found = manifests()
    wrong = [*faults(catalogue), *manifest_faults(found, ROOT)]
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    documents = {
        EVENTS: events_page(catalogue),
        ASYNCAPI: json.dumps(asyncapi(catalogue), indent=1) + "\n",
        README: printed(README.read_text(), short_table(found)),
        ARCHITECTURE: printed(ARCHITECTURE.read_text(), long_table(found)),
    }
    stale = [path for path, text in documents.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is stale: run `make events` and commit what it prints.", file=sys.stderr)
        else:
            path.write_text(documents[path])
            print(f"printed {path.relative_to(ROOT)}")
    return 1 if wrong or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
