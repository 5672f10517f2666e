"""Writes and hands over mails to the people at the desks."""
