"""The programme as the committee works on it: rooms, tracks, sessions, speakers, the draft of what is where and when.

It keeps one draft for each conference and judges it, conflict by conflict. What the public sees is a release of it.
"""
