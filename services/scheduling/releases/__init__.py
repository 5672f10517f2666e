"""Releases: the programme as it was published, numbered and never changed, and everything that is printed from one.

It tells what changed, derives each person's news from it, and keeps calendars and exchange formats saying the same.
"""
