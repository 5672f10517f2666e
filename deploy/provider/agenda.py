"""Owns the list of what will happen when the business clock reaches a time; leaves doing it to `happenings`."""

from deploy.provider.work import Work

DAY_SECONDS = 86_400


def plan(work: Work, what: str, object_id: str, *, due_at: int) -> None:
    """Write down that something will happen to the object."""
    work.records.execute("INSERT INTO happening (due_at, what, object) VALUES (?, ?, ?)", (due_at, what, object_id))


def drop(work: Work, object_id: str) -> None:
    """Nothing that was planned for the object will happen any more."""
    work.records.execute("DELETE FROM happening WHERE object = ?", (object_id,))
