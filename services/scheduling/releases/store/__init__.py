"""Where releases are kept, what blocks one, and how one is printed in a format."""
