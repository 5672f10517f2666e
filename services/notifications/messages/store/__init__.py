"""Where messages are kept with what they say, and what writing them asks for."""
