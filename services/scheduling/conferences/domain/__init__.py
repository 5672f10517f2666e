"""What a conference is and how its life goes on, without web or database."""
