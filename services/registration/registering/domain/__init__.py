"""Decisions about one registration, from being asked for to being confirmed, all of them pure."""
