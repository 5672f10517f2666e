"""The map: what the code declares of itself, printed as documents, and what may not be so in it."""
