"""The parts of notifications, ground floor first."""

from shared.parts import Manifest, Part

MANIFEST = Manifest(
    "notifications",
    (
        Part(
            "contacts",
            "Whom messages go to: the name, the addresses and the language of a person, and who told of them.",
        ),
        Part(
            "messages", "What is said to whom and why, in which words of which language, and what it has to wait for."
        ),
        Part(
            "delivery", "Mails and letters: handed over, come back, put off, in doubt, and what a desk does about each."
        ),
        Part("programme", "What a release means for a person: one digest, and the invitations they asked for."),
        Part("previews", "Whom a decision would be told and in which words, said before it is taken."),
        Part(
            "colleagues", "Mails to the people at the desks: their invitations, forgotten passwords, other addresses."
        ),
    ),
)
