"""A town on this machine: its engines and programs, wired together, started, kept alive and stopped."""
