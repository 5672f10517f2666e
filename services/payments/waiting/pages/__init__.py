"""What finance has to do, said on a page."""
