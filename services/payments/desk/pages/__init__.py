"""The pages that show what many parts have a hand in."""
