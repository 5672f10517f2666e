"""The room monitor's page, the desk's pages about attendance and points, and everybody's own."""
