"""The one door to the providers of associations: calls only."""
