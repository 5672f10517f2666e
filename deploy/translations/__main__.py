"""`python -m deploy.translations`: put new sentences into the catalogues, to be translated; `--check` only looks."""

import sys

from deploy.translations.checking import WHOLE, all_problems, file_of, read, updated
from deploy.translations.sentences import AREAS, catalogue


def main() -> int:
    """Write the catalogues anew unless asked to look; then say what is still to be done, and fail if anything is."""
    if "--check" not in sys.argv[1:]:
        for area in AREAS:
            for language in WHOLE:
                file = file_of(area, language)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(updated(catalogue(area), read(file, language), language=language), encoding="utf-8")
    found = all_problems()
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
