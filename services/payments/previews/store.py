"""Where it is kept what was asked, and whom an answer was about."""

from shared.previewing import COLLECTIONS as COLLECTIONS
