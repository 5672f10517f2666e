"""What a release is, how two of them differ, and in which formats it is published, without web or database."""
