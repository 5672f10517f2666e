"""The shapes of conferences, decisions and boards over HTTP."""
