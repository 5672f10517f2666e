"""What the committee asks about its conferences, and the life of its decisions."""
