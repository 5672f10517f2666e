"""What the desk can ask of the draft: one session, one speaker, the frame, or a whole file."""
