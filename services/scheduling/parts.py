"""Scheduling's parts, ground floor first: each may import those before it, and none after it."""

from shared.parts import Manifest, Part

MANIFEST = Manifest(
    "scheduling",
    (
        Part("conferences", "What a conference is: its days, city, zone and currency, and how far its life is."),
        Part(
            "programme",
            "The draft: sessions, speakers, rooms and times, what is wrong with them, and all of it as files.",
        ),
        Part("agendas", "Whom sessions are starred by, who has a seat in them, and who waits for one."),
        Part("releases", "The programme as everyone sees it: released, compared with the one before, in many formats."),
        Part("call", "Proposals for sessions, what the committee answers, and speakers who confirm or withdraw."),
        Part("attendance", "Badges, who was scanned in which session, and the points and certificates for it."),
        Part("repair", "A new plan when a speaker, a room or some hours have gone, and what it would do to people."),
        Part("previews", "What a decision would do, asked of all services and shown together before it is taken."),
        Part(
            "decisions",
            "What the committee decides about a conference, and what has come back until nothing is missing.",
        ),
        Part("series", "Which year of a series is whose, which cities have asked, and the award of a year to a city."),
        Part("visits", "What visitors open: the conferences, their own agenda, and another link for an old one."),
    ),
)
