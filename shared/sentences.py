"""Marks sentences that are to be said in the reader's language; the catalogues are taken from these marks."""


def marked(sentence: str) -> str:
    """The sentence as it is, in English; whoever shows it asks for its translation. `%(name)s` stands for a fact."""
    return sentence
