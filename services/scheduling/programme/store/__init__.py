"""Where the draft of a programme is kept, and what is read off it."""
