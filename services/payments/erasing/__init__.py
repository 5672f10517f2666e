"""Whether money of somebody who is to be erased is still open."""
