"""The local mailbox: takes every mail of the demo over SMTP, keeps it on disk and shows it on a page.

It owns what it was given and nothing else: it sends no mail on, knows no person and belongs to no service.
A mail is on disk before its sender hears "250", and the same mail accepted twice is kept twice.
"""
