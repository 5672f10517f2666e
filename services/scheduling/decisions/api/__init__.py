"""Conferences and decisions as JSON over HTTP."""
