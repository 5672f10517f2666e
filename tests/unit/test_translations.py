"""The catalogues are whole, what isn't whole is noticed, and a page is in the language of whoever reads it."""

from datetime import date

import pytest
from babel.messages.catalog import Catalog
from flask import Flask, render_template_string

from deploy.translations.checking import all_problems, problems, read, updated
from deploy.translations.sentences import unmarked
from shared.problem import Refusal
from shared.sentences import Sum
from shared.web import languages, words

GERMAN = {"accept-language": "de-DE,de;q=0.9"}
DUTCH = {"accept-language": "nl-BE,nl;q=0.9,en;q=0.5"}


class LateFee(Refusal):
    """Registering costs more from a day on."""

    sentence = "%(amount)s more since %(day)s."


@pytest.fixture
def app() -> Flask:
    """One page for readers and one for a desk, in the words of what is shared."""
    made = Flask("shared.web.app")
    languages.add_to(made)
    made.jinja_env.filters |= {"money": words.money, "day": words.day, "said": words.said}
    page = "{{ lang }}: {{ _('Language') }} {{ 57500|money('USD') }} {{ day|day }}|{{ refusal|said }}"

    def shown() -> str:
        refusal = LateFee(amount=Sum(2500, "EUR"), day=date(2020, 4, 9))
        return render_template_string(page + "|{{ language_switches|length }}", day=date(2020, 5, 17), refusal=refusal)

    @made.get("/page/<person>")
    @languages.offered
    def page_of(person: str) -> str:
        languages.meant_for(person)
        return shown()

    made.add_url_rule("/visitors", view_func=languages.offered(shown), endpoint="visitors")
    made.add_url_rule("/desk", view_func=shown, endpoint="desk")
    return made


def catalogue(*translations: tuple[str | tuple[str, str], str | tuple[str, ...]], is_fuzzy: bool = False) -> Catalog:
    """Sentences with what they are in French."""
    made = Catalog(locale="fr")
    for sentence, text in translations:
        made.add(sentence, text, flags=("fuzzy",) if is_fuzzy else ())
    return made


PLACES = (("%(num)s place left", "%(num)s places left"), ("Une place libre", "%(num)s places libres"))
PAY = ("Pay <strong>%(amount)s</strong>", "Payez <strong>%(amount)s</strong>")
MARKED = catalogue((PLACES[0], ("", "")), (PAY[0], ""))


def test_every_sentence_that_readers_see_is_marked_and_is_in_french_and_dutch() -> None:
    assert all_problems() == []


def test_a_whole_catalogue_has_nothing_wrong() -> None:
    assert list(problems(MARKED, catalogue(PLACES, PAY), name="fr")) == []


@pytest.mark.parametrize(
    ("translated", "said"),
    [
        (catalogue(PLACES), "fr: is not translated: Pay <strong>%(amount)s</strong>"),
        (catalogue(PLACES, (PAY[0], "")), "fr: is not translated: Pay <strong>%(amount)s</strong>"),
        (catalogue((PLACES[0], ("Une place libre", "")), PAY), "fr: is not translated: %(num)s place left"),
        (catalogue(PLACES, PAY, ("Gone", "Parti")), "fr: stands nowhere any more: Gone"),
        (catalogue(PLACES, (PAY[0], "Payez <strong>%(sum)s</strong>")), "fr: has not the same facts: " + PAY[0]),
        (catalogue(PLACES, (PAY[0], "Payez %(amount)s")), "fr: has not the same tags: " + PAY[0]),
    ],
)  # fmt: skip
def test_what_is_missing_or_says_something_else_is_named(translated: Catalog, said: str) -> None:
    assert list(problems(MARKED, translated, name="fr")) == [said]


def test_a_translation_in_doubt_is_named() -> None:
    found = list(problems(MARKED, catalogue(PLACES, PAY, is_fuzzy=True), name="fr"))

    assert found == ["fr: is in doubt: %(num)s place left", "fr: is in doubt: " + PAY[0]]


def test_taking_one_entry_out_of_the_real_catalogue_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def shortened(*given: object) -> Catalog:
        whole = read(*given)  # type: ignore[arg-type]
        whole.delete("Skip to the content")
        return whole

    monkeypatch.setattr("deploy.translations.checking.read", shortened)

    assert all_problems() == [f"shared/web, {each}: is not translated: Skip to the content" for each in ("fr", "nl")]


def test_writing_a_catalogue_keeps_what_is_translated_and_leaves_the_new_empty() -> None:
    written = updated(MARKED, catalogue(PAY, ("Gone", "Parti")), language="fr")

    assert 'msgid "Pay <strong>%(amount)s</strong>"\nmsgstr "Payez <strong>%(amount)s</strong>"' in written
    assert 'msgstr[0] ""' in written
    assert "Gone" not in written


def test_words_outside_every_mark_are_found_in_text_and_attributes() -> None:
    template = """<style>p { color: red }</style><p>{{ _("Marked") }} <b>Not marked</b></p>
    {% trans name=x %}Marked too, {{ name }}{% pluralize %}and <b>this</b>{% endtrans %} {{ x }}
    <i aria-label="Nor this"/>"""

    assert unmarked(template) == ["Not marked", "Nor this"]


def test_a_page_speaks_as_its_reader_does(app: Flask) -> None:
    client = app.test_client()

    english = "en: Language $575.00 Sunday, May 17, 2020|€25.00 more since Thursday, April 9, 2020.|3"
    assert client.get("/visitors", headers=GERMAN).text == english
    assert client.get("/visitors", headers=DUTCH).text == (
        "nl: Taal US$\xa0575,00 zondag 17 mei 2020|€\xa025,00 more since donderdag 9 april 2020.|3"
    )
    assert client.get("/page/fr", headers=DUTCH).text.startswith(
        "fr: Langue 575,00\xa0$US dimanche 17 mai 2020|25,00\xa0€"
    )
    assert client.get("/page/xx", headers=DUTCH).text.startswith("nl: Taal")


def test_a_choice_is_kept_from_page_to_page_and_goes_before_all_else(app: Flask) -> None:
    client = app.test_client()

    chosen = client.get("/page/nl?lang=fr", headers=DUTCH)

    assert chosen.text.startswith("fr: Langue")
    assert "Max-Age" not in chosen.headers["Set-Cookie"]
    assert client.get("/page/nl", headers=DUTCH).text.startswith("fr: Langue")
    assert client.get("/visitors?lang=xx").text.startswith("fr: Langue")


def test_a_page_that_depends_on_its_reader_says_so_to_caches(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/visitors").headers["Vary"] == "Accept-Language, Cookie"
    assert "Vary" not in client.get("/desk").headers


def test_a_desk_is_english_and_offers_no_choice(app: Flask) -> None:
    found = app.test_client().get("/desk?lang=fr", headers=DUTCH)

    assert found.text == "en: Language $575.00 Sunday, May 17, 2020|€25.00 more since Thursday, April 9, 2020.|0"
    assert "Set-Cookie" not in found.headers


def test_a_refusal_is_told_to_programs_in_english_with_its_facts() -> None:
    refusal = LateFee(amount=Sum(2500, "EUR"), day=date(2020, 4, 9))

    assert refusal.problem() == {
        "type": "urn:reconvene:problem:LateFee",
        "title": "This can't be done",
        "status": 409,
        "detail": "€25.00 more since Thursday, April 9, 2020.",
        "amount": {"amount_minor": 2500, "currency": "EUR"},
        "day": "2020-04-09",
    }
    assert str(Refusal.saying("It ended on %(day)s.", day=date(2020, 4, 9))) == "It ended on Thursday, April 9, 2020."
    assert Refusal("100% of %(nothing)s", facts=1).detail == "100% of %(nothing)s"
