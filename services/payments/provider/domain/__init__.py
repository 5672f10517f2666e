"""The card provider's objects, events, units and errors."""
