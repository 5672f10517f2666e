"""Who pays, and what they ordered: somebody for themselves, or a town for several."""
