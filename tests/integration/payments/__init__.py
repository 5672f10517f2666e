"""Payments, with its database, its provider and what it says."""
