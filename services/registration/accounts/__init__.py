"""Accounts: who works at the desks, what they may do, and how they show who they are."""
