"""What an agenda, a roster and its waitlist are and how they change, without web or database."""
