"""The pages of accounts: signing in and out, coming by an invitation, and who works at the desks."""
