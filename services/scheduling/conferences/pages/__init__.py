"""What the pages of every part share: a form that was sent, and the personal links of a conference."""
