"""What one person sees of a conference by their signed link: my agenda, the sessions to choose from, my calendar.

It keeps nothing: what is shown comes from the release, from the agenda and from the rosters.
"""
