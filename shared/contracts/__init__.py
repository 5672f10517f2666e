"""What the services say to each other: one module of frozen dataclasses per producing service.

A reader ignores fields it doesn't know, a new field has a default, a changed meaning is a new event.
"""
