import subprocess
import sys

import pytest

from rakuten_core.errors import TextError
from rakuten_core.text.language_detection import detect_language
from rakuten_core.text.markup import plain_text, without_accents
from rakuten_core.text.original_form import TextForm
from rakuten_core.text.preparation import Vocabulary, prepare, trace
from rakuten_core.text.translation import french_translator

TITLE, DESCRIPTION = "Une table très jolie!", "Dimensions : 60 x 33 cm"
# The study's table, to the letter; its tokenizer's vocabulary had one more word at index 3.
GOLDEN = [
    ("join", "Une table très jolie! Dimensions : 60 x 33 cm"),
    ("translate", "Une table très jolie! Dimensions : 60 x 33 cm"),
    ("remove_html", "Une table très jolie! Dimensions : 60 x 33 cm"),
    ("keep_letters", "Une table très jolie Dimensions x cm"),
    ("lower_case", "une table très jolie dimensions x cm"),
    ("remove_accents", "une table tres jolie dimensions x cm"),
    ("drop_one_letter_words", "une table tres jolie dimensions cm"),
    ("drop_stop_words", "table tres jolie dimensions cm"),
    ("stem", "tabl tres jol dimens cm"),
]
TEXTS = [
    ("Lot de 3 Puzzles d&#39;animaux", "<p>Tr&egrave;s <b>beaux</b>!<br/>Dès 3 ans</p>"),
    ("L'œuvre complète — volume n°2", "&amp;eacute;dition de luxe <ul><li>300 pages"),
    ("A < 5 cm & B > 3 cm", ""),
    ("", "Ça marche… à l'été, naïf et cætera"),
    ("PS4 / XBOX-360", "x y z"),
    ("", ""),
]


def test_the_studys_table_to_the_letter():
    vocabulary = Vocabulary.from_texts(["tres tres tres jol jol jol livr livr livr dimens cm tabl"])
    results = trace(TITLE, DESCRIPTION, vocabulary)
    assert [(result.name, result.text) for result in results[:-1]] == GOLDEN
    assert results[-1].name == "vectorize"
    assert results[-1].indexes == (6, 1, 2, 4, 5)


@pytest.mark.parametrize(("title", "description"), TEXTS)
def test_the_fast_function_gives_what_the_steps_give(title, description):
    assert prepare(title, description) == trace(title, description)[-1].text


def test_prepared_words_of_a_real_looking_product():
    assert prepare(*TEXTS[0]) == "lot puzzl animal tres beau an"


def test_markup_is_decoded_and_removed():
    assert plain_text("Caf&eacute; <br>noir&nbsp;&amp; <i>sucr&#233;</i>") == "Café noir & sucré"
    assert plain_text("doublement &amp;eacute;chapp&amp;eacute;") == "doublement échappé"
    assert plain_text("coupé au milieu <span class=") == "coupé au milieu"
    assert plain_text("moins de < 5 cm et > 2 cm") == "moins de < 5 cm et > 2 cm"
    assert plain_text("a<!-- remarque -->b") == "a b"


def test_accents_and_ligatures():
    assert without_accents("Noël à l'œuvre, ÇA ÉTÉ") == "Noel a l'oeuvre, CA ETE"
    assert without_accents("plain") == "plain"


def test_the_form_of_texts_tells_whether_they_are_the_challenges_own():
    titles = ["Étagère murale en bois"] * 60 + ["Table basse"] * 40
    descriptions = ["Neuve"] * 65 + [""] * 35
    form = TextForm.of(titles, descriptions)
    assert (form.without_description, form.with_upper_case) == (0.35, 1.0)
    assert (form.with_accents, form.longest_title) == (0.6, 4)
    assert form.is_original
    assert not TextForm.of([title.lower() for title in titles], descriptions).is_original
    assert not TextForm.of(titles, [""] * 100).is_original
    assert not TextForm.of([*titles[:-1], "Mot " * 55], descriptions).is_original
    plain = [without_accents(title) for title in titles]
    assert not TextForm.of(plain, descriptions).is_original
    assert not TextForm.of([], []).is_original


def test_no_stem_needs_what_the_app_does_not_load():
    """In a fresh process: a title is answered without NLTK, a prepared text loads it."""
    program = (
        "import sys\n"
        "from rakuten_core.inference import Classifier\n"
        "Classifier.load().classify('Piscine ronde')\n"
        "assert 'nltk' not in sys.modules\n"
        "from rakuten_core.text.preparation import prepare\n"
        "assert prepare('Piscines rondes') == 'piscin rond' and 'nltk' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_vocabulary_counts_and_orders_by_frequency():
    vocabulary = Vocabulary.from_texts(["b a a", "c b a"], size=2)
    assert vocabulary.counts == {"a": 3, "b": 2}
    assert vocabulary.encode("c b a z") == [2, 1]
    assert vocabulary.index("c") is None
    assert len(vocabulary) == 2


def test_a_given_translator_is_the_second_step():
    results = trace("A green lamp", "", translator=lambda text: "Une lampe verte")
    assert results[1].text == "Une lampe verte"
    assert results[-1].text == "lamp vert"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Une très belle lampe de chevet pour la chambre des enfants", "fr"),
        ("A beautiful bedside lamp for the children's room", "en"),
        ("Eine schöne Nachttischlampe für das Kinderzimmer", "de"),
    ],
)
def test_languages_are_told_apart(text, code):
    found = detect_language(text)
    assert found.code == code
    assert 0.5 < found.confidence <= 1


def test_a_text_without_letters_has_no_language():
    assert detect_language("12 / 45 !").code is None
    assert detect_language("").confidence == 0


def test_translation_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "argostranslate", None)
    with pytest.raises(TextError, match="pip install argostranslate"):
        french_translator()
