"""Series of conferences: which year is whose, which cities have asked, and the board's award of a year to a city."""
