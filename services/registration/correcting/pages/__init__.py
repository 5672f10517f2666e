"""The pages on which facts about a person are corrected: the desk's, and the person's own."""
