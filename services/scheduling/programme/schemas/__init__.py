"""The shapes of the draft over HTTP, and how the cells of a file are read by them."""
