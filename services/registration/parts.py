"""Registration's parts, ground floor first: each may import those before it, and none after it."""

from shared.parts import Manifest, Part

MANIFEST = Manifest(
    "registration",
    (
        Part("associations", "What an association says of itself: its name, its address, where its money goes."),
        Part(
            "providers",
            "An association's own sign-in: asked who somebody is, and believed once that is verified.",
        ),
        Part("accounts", "Who works at the desks, what they may do, and how they sign in."),
        Part("tokens", "What somebody's own scripts show to act for them, with which roles and until when."),
        Part("people", "Who somebody is, told by e-mail address and name, and how they can be reached."),
        Part("prices", "What a conference sells, at which price, and how many places there are of it."),
        Part("payers", "Who pays, and what they ordered: somebody for themselves, or a town for several."),
        Part("registering", "Who is admitted, the form and the desk, and the places held until they are paid."),
        Part(
            "changing",
            "What is done for many at once, such as after a cancellation, and what registrants choose about it.",
        ),
        Part("correcting", "Names and addresses that are put right, by the desk or by the person themselves."),
        Part("erasing", "What says who somebody was, destroyed for good; amounts, numbers and dates stay."),
        Part("groups", "Several people registered at once, for one payer, on one order, and what the payer decides."),
        Part("previews", "What a decision would do to registrations, said before it is taken."),
    ),
)
