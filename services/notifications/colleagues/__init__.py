"""Mails to the people at the desks about their accounts; they belong to no conference, and to no run."""
