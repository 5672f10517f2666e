"""The desk's pages of the draft."""
