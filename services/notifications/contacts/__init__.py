"""Whom messages go to, and how each person is reached."""
