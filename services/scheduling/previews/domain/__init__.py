"""What a preview is, what this service counts for it, and how all of it is said to a person."""
