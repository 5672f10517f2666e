"""Decisions about what the organiser ends: the runs, and what each registrant chooses, all of them pure."""
