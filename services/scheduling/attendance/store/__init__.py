"""Where attendees, scans and points are kept, and what a scan is held against."""
