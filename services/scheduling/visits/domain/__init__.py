"""What the pages of visitors show, without web or database."""
