"""The catalogues of sentences: taken from the code, and held against it.

A sentence is marked where it stands: by `_("...")` or `{% trans %}` in a template, by `gettext`, `ngettext`, `later` or
`marked` in code. What is shared has a catalogue of its own, and so has every service. French and Dutch are declared
whole.
"""
