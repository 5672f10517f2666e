"""The desk's pages of releases, and the programme as everyone sees it."""
