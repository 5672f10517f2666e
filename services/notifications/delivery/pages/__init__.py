"""The desk of messages, the print queue, and the door behind a letter's code."""
