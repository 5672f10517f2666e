"""One module per kind of API object: what it looks like, what can be asked of it, and what follows from that."""
