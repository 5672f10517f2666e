"""Decisions about a conference: what is at stake, what was decided, and what has come back until nothing is missing."""
