"""One part at a time on the real database, the real broker and real processes."""
