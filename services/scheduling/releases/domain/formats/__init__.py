"""What is printed from a release: calendars, exchange formats, feeds. Pure, and all of it says the same.

Where a session can be joined online is not in here: that is for those who attend, in their own feed and messages.
"""
