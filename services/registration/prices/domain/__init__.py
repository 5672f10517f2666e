"""Decisions about what is sold and how many places there are of it, all of them pure."""
