"""What the sessions of the 79th congress are called: written by hand, about work that clerks do."""

from collections.abc import Mapping

TRACKS: Mapping[str, str] = {
    "records": "Records",
    "elections": "Elections",
    "meetings-law": "Meetings and law",
    "finance": "Finance",
    "technology": "Technology",
    "leadership": "Leadership",
}
CONCURRENT: Mapping[str, tuple[str, ...]] = {
    "records": (
        "Retention schedules that people keep",
        "The request that asks for everything",
        "Minute books from 1890: repair, copy, or leave alone",
        "Text messages are records too",
        "What to do before the basement floods",
        "What one flood taught an archive",
        "Redaction without regret",
        "One index for three hundred boxes",
        "Maps, plats and drawings that don't fit the scanner",
        "Handing over an office: the first and the last week",
        "Vital records and families who are far away",
        "Proving that nothing was changed",
    ),
    "elections": (
        "Recruiting poll workers who come back",
        "A ballot that everybody can read",
        "The recount: a rehearsal",
        "Postal ballots from envelope to canvass",
        "When the power goes out at four in the afternoon",
        "Rumours on the day, and who answers them",
        "Chain of custody with two people and one van",
        "Polling places without steps",
        "Small towns, contested results",
        "Candidates' filings: the hundred questions",
        "Auditing in the open",
        "Voters who moved last week",
    ),
    "meetings-law": (
        "Minutes that say what was decided",
        "Public comment, patience and the clock",
        "Open meetings by video, lawfully",
        "Conflicts of interest at a table of five",
        "The ordinance from draft to codebook",
        "Parliamentary procedure for the person beside the chair",
        "Notices that reach the neighbours",
        "Executive session: what stays inside",
        "Consent agendas without surprises",
        "When a motion fails and nobody knows what now",
        "Oaths, seals and signatures that hold",
        "Hearings that people remember as fair",
    ),
    "finance": (
        "Reading a budget in an hour",
        "Purchase orders, cheques and who signs what",
        "Fees: what a licence really costs",
        "Fraud in a small office, and how it was found",
        "Grants that end well",
        "Bonds explained to the people who notify for them",
        "Cemetery funds and other long promises",
        "Bidding without favours",
        "The audit's three most common findings",
        "Payroll for part-time officials",
        "Unclaimed property, claimed",
        "A year-end without weekends",
    ),
    "technology": (
        "Agenda software: what to ask the vendor",
        "Phishing a town hall, kindly",
        "A website that answers the counter's questions",
        "Machine-made minutes and who is answerable for them",
        "Backups that were tried",
        "Digital signatures in plain words",
        "Cameras, microphones and rooms that echo",
        "Accessible documents from the start",
        "Leaving an old system without losing a line",
        "Open data with three hours a month",
        "Passwords for people who share a desk",
        "Maps for everyone at the counter",
    ),
    "leadership": (
        "The clerk as the calm person in the room",
        "Difficult visitors and quiet voices",
        "Mentoring a deputy who will be better than you",
        "Saying no to the mayor",
        "Writing so that nobody calls back",
        "Hiring in a town of nine hundred",
        "A team of two, and one is on leave",
        "Coming back after a hard meeting",
        "Ethics on an ordinary Tuesday",
        "Your first year in office",
        "Retiring well: the file nobody wrote",
        "Clerks who became managers",
    ),
}
ACADEMIES = (
    "Parliamentary procedure in depth",
    "Budgets from the first line to the last",
    "Writing and keeping minutes",
    "Election security for local officials",
    "Leading a small office",
    "Public records law, case by case",
    "Records in a crisis",
    "Presiding, advising, recording",
    "Continuity of a town's records",
    "Purchasing and contracts",
    "Speaking before a full room",
    "Projects that end",
)
DIALOGUES = (
    "A dialogue on power: a novel of a small town",
    "A dialogue on memory: letters of an archivist",
    "A dialogue on courage: a polar journey",
    "A dialogue on fairness: a courtroom play",
    "A dialogue on service: a nurse's diary",
    "A dialogue on trust: a history of the secret ballot",
)
GENERAL = (
    "Opening of the 79th congress",
    "The town that wrote everything down",
    "What a neighbour expects of us",
    "Awards luncheon",
    "Annual business meeting",
    "Closing, and an invitation to the 80th",
)
ROUND_TABLES = (
    "Towns under 1,000 people",
    "Cities over 100,000 people",
    "County and borough clerks",
    "Clerks who are also treasurers",
    "Coastal and river towns",
    "College towns",
    "Deputies and assistants",
    "Retired and still asked",
)
ORIENTATIONS = ("Welcome to first-time delegates", "Orientation of committees", "Orientation of the board")
EXHIBITS = ("Exhibits open", "Coffee among the exhibits", "Exhibits and demonstrations", "Exhibits close")
SOCIALS = ("Welcome reception", "Dine around the city", "An evening under the arch", "Annual banquet")
REGIONS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")

ABSTRACTS: Mapping[str, tuple[str, ...]] = {
    "records": (
        "Bring one box that worries you. We sort what must be kept, for how long, and who may see it.",
        "Cases from three offices: what was asked for, what was found, and what a court said of it.",
        "Checklists to take home, tried in towns of every size.",
    ),
    "elections": (
        "A walk through the day, hour by hour, with what went wrong elsewhere and what held.",
        "Forms, lists and a rehearsal that you can repeat with your own people.",
        "What the law asks, what voters ask, and how to do both with four volunteers.",
    ),
    "meetings-law": (
        "We read real agendas and minutes and say what a stranger would understand of them.",
        "The rule, the reason for it, and the sentence to say when somebody breaks it.",
        "Ten situations from council tables, played and then discussed.",
    ),
    "finance": (
        "Figures of a small town from beginning to end; bring a pencil.",
        "Where money waits, who looks at it, and which question finds the mistake.",
        "Samples of policies and letters, and time for your own questions.",
    ),
    "technology": (
        "No vendor speaks here. Clerks show what they use, what it costs and what they would do again.",
        "Step by step, on ordinary computers, with nothing to buy.",
        "What can fail, how you notice, and whom to call first.",
    ),
    "leadership": (
        "Short stories from long careers, then work in pairs.",
        "Words for conversations that are put off too often.",
        "For those who lead one person and those who lead forty.",
    ),
    "academy": ("Four hours with a presenter, exercises and an assessment at the end.",),
    "dialogue": ("Read the book before you come; the talk about it is the session.",),
}
