"""Who pays: how they are called and where they are, as registration says now."""
