"""The live board of a decision."""
