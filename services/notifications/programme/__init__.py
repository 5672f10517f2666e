"""What a release of the programme means for a person: one digest, and the invitations they asked for."""
