"""What a decision does by itself: at the end of its time to undo, and when everyone was told."""
