"""The shapes of proposals and answers over HTTP."""
