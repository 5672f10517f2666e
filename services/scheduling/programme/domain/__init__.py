"""Sessions, rooms, days and what is wrong with a plan, and programmes as tables, without web or database."""
