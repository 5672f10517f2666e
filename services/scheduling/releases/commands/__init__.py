"""What a release does, and what it would do."""
