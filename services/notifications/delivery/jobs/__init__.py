"""Hands written messages over: mails to a mail server, letters to the print queue."""
