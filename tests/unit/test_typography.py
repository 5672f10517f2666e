"""Claims about what becomes of a typed sentence before it is printed."""

import pytest

from shared.typography import typeset


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Il reste une étape : le paiement", "Il reste une étape\u00a0: le paiement"),
        ("Vous intervenez ? Oui ; bientôt !", "Vous intervenez\u00a0? Oui\u00a0; bientôt\u00a0!"),
        ("« Payer » : %(amount)s", "«\u00a0Payer\u00a0»\u00a0: %(amount)s"),
        ("{amount} : {conference}", "{amount}\u00a0: {conference}"),
        ("de 14:30 à 17:30, http://a.example/?b=c", "de 14:30 à 17:30, http://a.example/?b=c"),
    ],
)
def test_in_french_no_line_ends_before_a_mark(typed: str, printed: str) -> None:
    assert typeset(typed, language="fr") == printed


@pytest.mark.parametrize("language", ["en", "nl"])
def test_other_languages_are_printed_as_they_are_typed(language: str) -> None:
    assert typeset("Total : 5 !", language=language) == "Total : 5 !"
