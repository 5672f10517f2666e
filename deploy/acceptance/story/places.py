"""Where in its file a story says something, so that a refusal can point at the line."""

import re
from dataclasses import dataclass
from pathlib import Path

_ARRAY_TABLE = re.compile(r"\s*\[\[([^\[\]]+)\]\]")
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"\s*([^\s=#\[\]]+)\s*=")
ARRAY_TABLE = "registrations"


@dataclass(frozen=True)
class Places:
    """The lines of a story's tables and keys, found by reading it as people do."""

    path: Path
    lines: dict[tuple[str, int, str], int]

    @classmethod
    def found(cls, path: Path, *, text: str) -> "Places":
        """Note where each table and each of its keys stands, first mention first."""
        lines: dict[tuple[str, int, str], int] = {}
        table, number = "", 0
        for line_number, line in enumerate(text.splitlines(), start=1):
            if header := _ARRAY_TABLE.match(line) or _TABLE.match(line):
                table = _bare(header[1])
                number = number + 1 if table == ARRAY_TABLE else 0
                lines.setdefault((table, number, ""), line_number)
            elif key := _KEY.match(line):
                lines.setdefault((table, number if table == ARRAY_TABLE else 0, _bare(key[1])), line_number)
        return cls(path=path, lines=lines)

    def of(self, table: str, key: str = "", *, number: int = 0) -> str:
        """A place in words: the file, the line when it is known, the table, the key."""
        line = self._line(table, key, number=number)
        header = f"[[{table}]]" if table == ARRAY_TABLE else f"[{table}]" if table else ""
        header += f" number {number}" if number else ""
        words = [str(self.path), f"line {line}" if line else "", header, key]
        return ", ".join(word for word in words if word)

    def _line(self, table: str, key: str, *, number: int) -> int | None:
        """The key's line, or that of the table it names, or that of the table it should be in."""
        inner = f"{table}.{key}" if table else key
        candidates = ((table, number, key), (inner, 0, ""), (table, number, ""), (table, 1, ""))
        return next((self.lines[candidate] for candidate in candidates if candidate in self.lines), None)


def _bare(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
