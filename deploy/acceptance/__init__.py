"""Stories that happen in a town from outside, and what is found there afterwards, held against what they imply."""
