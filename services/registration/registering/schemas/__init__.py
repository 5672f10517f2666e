"""The shapes of what registering is asked and answers over HTTP."""
