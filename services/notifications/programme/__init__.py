"""The programme's news: what each person was told of it, the digest of a release, and files for calendars."""
