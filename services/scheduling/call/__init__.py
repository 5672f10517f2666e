"""The call for sessions: proposals, their review, the decision, and the speaker's own page with its signed link."""
