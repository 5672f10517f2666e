"""The proof: pure rules, stories, contracts, real engines, real pages, and what happens when processes are killed."""
