"""The pages themselves, without a server: what stands in them, in each language, and what they weigh."""

import gzip
import re
from html.parser import HTMLParser

import pytest

from intake.content import published
from intake.web import pages
from intake.web.dates import day_text
from intake.web.forms import ONE_OF, SOME_OF, TEXTS
from intake.web.pages import environment
from service.compression import PrecompressedPage
from translations.locales import form_locales, locale
from translations.review import approved

CODES = [one.code for one in form_locales()]
FIXED = ("start", "return", "rights", "help", "employers", "erased")
TEXT_OF_BUDGET = 14 * 1024
SMALL_BUDGET = 10 * 1024
# Nothing but sentences of class A, each in three languages.
RIGHTS_BUDGET = 11 * 1024
INTRODUCTION_WORDS = 120
SENTENCE_WORDS = 20
# What a browser, or somebody who looks at its history, would take for who or what this is about.
GROUPS = (
    ("", (("org01", "Demo Workers' Centre"),)),
    ("Thompson-Okanagan", (("org02", "Demo Clinic"), ("org03", "Centro Demo"))),
)
ASKED = {"place": ["Hamilton"], "asked_place": ["Hamilton"]}
PERSONAL = {"name", "email", "tel", "phone", "address", "username"}


class Reader(HTMLParser):
    """Gathers the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def form(code: str) -> str:
    return pages.render("form", code, demo=False, submission_id="id", **pages.form_lists(code, GROUPS, ASKED))


def everything(code: str) -> dict[str, str]:
    """Render every page that needs no request."""
    return {name: pages.fixed(name, code, demo=False).decode() for name in FIXED} | {"form": form(code)}


@pytest.fixture(params=CODES)
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_form_asks_every_question_with_every_answer(code: str) -> None:
    page = Reader(form(code))
    offered: dict[str, set[str]] = {}
    for attributes in page.all("input"):
        offered.setdefault(attributes["name"] or "", set()).add(attributes.get("value") or "")
    places = {attributes.get("value") or "" for attributes in page.all("option")}
    for name, codes in {**ONE_OF, **SOME_OF}.items():
        assert set(codes) <= (places if name in ("region", "district") else offered[name]), name
    named = {attributes["name"] for attributes in page.all("input", "textarea", "select")}
    assert named == {*ONE_OF, *SOME_OF, *TEXTS, "form", "exclude", "which_place", "asked_place", "wording", "files"}


def test_every_control_has_a_label_and_no_memory(code: str) -> None:
    for name, text in everything(code).items():
        page = Reader(text)
        labelled = {attributes.get("for") for attributes in page.all("label")}
        for attributes in page.all("input", "textarea", "select"):
            kind = attributes.get("type")
            if kind == "hidden":
                continue
            assert attributes["autocomplete"] == "off", name
            assert kind in ("radio", "checkbox") or attributes["id"] in labelled, (name, attributes)
            assert attributes["name"] not in PERSONAL
            if kind == "text":
                assert (attributes["spellcheck"], attributes["autocorrect"], attributes["autocapitalize"]) == (
                    "false",
                    "off",
                    "off",
                )
        for attributes in page.all("form"):
            assert attributes["autocomplete"] == "off"


def test_every_link_within_a_page_leads_somewhere(code: str) -> None:
    texts = everything(code)
    for name, text in texts.items():
        page = Reader(text)
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        inside = {(attributes["href"] or "")[1:] for attributes in page.all("a") if attributes["href"][:1] == "#"}  # type: ignore[index]
        assert inside <= set(ids), name
    assert 'id="hide"' in texts["help"]


def test_every_page_has_the_same_neutral_title_and_asks_for_nothing_else(code: str) -> None:
    for name, text in everything(code).items():
        assert re.findall(r"<title>(.*?)</title>", text) == ["Info"], name
        page = Reader(text)
        assert [attributes["href"] for attributes in page.all("link")] == ["data:,"]
        assert not page.all("img", "iframe", "video", "audio", "object", "embed")
        assert all(not attributes for attributes in page.all("script")), "a script stands inside its page"
        assert "url(" not in text
        assert "@import" not in text
        assert all("style" not in attributes for _, attributes in page.tags)


def test_the_way_out_comes_first_on_every_page(code: str) -> None:
    for name, text in everything(code).items():
        focusable = Reader(text).all("a", "input", "button", "select", "textarea", "summary")
        first = next(attributes for attributes in focusable if attributes.get("class") != "skip")
        assert str(first["href"]).endswith("/exit"), name


def test_every_page_names_its_language(code: str) -> None:
    for name, text in everything(code).items():
        head = Reader(text).all("html")[0]
        assert (head["lang"], head["dir"]) == (code, locale(code).direction), name


def test_a_page_that_nobody_checked_says_so_at_its_top_and_shows_the_english_and_the_french(code: str) -> None:
    for name, text in everything(code).items():
        note, english = (text.find(mark) for mark in ('href="#original"', 'id="original"'))
        assert (note < 0) == (english < 0), name
        if note < 0:
            vital = approved(code, "In danger now?") and approved(code, "Leave this site")
            assert vital or name == "start", name
        else:
            assert note < text.index("<h1"), name
            french = "" if code == "fr" else '<br><i lang="fr">Quitter ce site</i>'
            assert f"<li>Leave this site{french}</li>" in text[english:], name
            assert "computer translation, not checked" in text, name
            assert ("So is the French." in text) == (code != "fr"), name


def test_the_start_page_lists_languages_by_their_own_names() -> None:
    page = pages.fixed("start", "en", demo=False).decode()
    for one in form_locales():
        assert f'href="/{one.code}/" lang="{one.code}" dir="{one.direction}"><strong>{one.name}</strong>' in page


def test_the_form_is_light_enough_for_a_slow_phone(code: str) -> None:
    assert isinstance(pages.blank_form(code, demo=False), PrecompressedPage)
    assert len(gzip.compress(form(code).encode(), 9)) <= TEXT_OF_BUDGET
    for name in FIXED:
        budget = RIGHTS_BUDGET if name == "rights" else SMALL_BUDGET
        assert len(gzip.compress(pages.fixed(name, code, demo=False), 9)) <= budget, name


def test_the_enter_key_of_a_line_sends_nothing(code: str) -> None:
    buttons = Reader(form(code)).all("button")
    assert buttons[0].keys() == {"disabled", "hidden"}
    assert len(buttons) == 2


def test_organizations_are_chosen_by_name_and_stand_under_their_region() -> None:
    page = form("en")
    places = [
        page.index(words) for words in ("All of B.C.", "Demo Workers&#39; Centre", "Thompson-Okanagan</span></h3>")
    ]
    assert places == sorted(places)
    assert '<input type="checkbox" name="exclude" value="org03"' in page
    assert 'name="exclude"' not in pages.render("form", "en", demo=False, submission_id="id", **pages.form_lists("en"))


def test_a_name_of_several_places_is_asked_back_only_where_it_was_asked_about() -> None:
    assert [code for code, _ in pages.place_choices(ASKED)] == ["prov:ON", "rd:5915"]
    assert pages.place_choices({"place": ["Hamilton"], "asked_place": []}) == []
    assert pages.place_choices({"place": ["Oliver"], "asked_place": ["Hamilton"]}) == []
    assert pages.place_choices({}) == []


def test_the_wording_of_the_consents_has_a_version_in_each_language() -> None:
    versions = {code: pages.wording(code) for code in CODES}
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in versions.values())
    assert len(set(versions.values())) == len(CODES)
    assert f'name="wording" value="{versions["en"]}"' in form("en")


def test_beside_each_law_stands_the_day_on_which_it_was_read(code: str) -> None:
    rights, duties = published.rights(published.PROVINCE), published.employers(published.PROVINCE)
    for name, statements in (("rights", rights.statements), ("employers", duties.statements)):
        page = pages.fixed(name, code, demo=False).decode()
        shown = re.findall(r'<a class="small" href="([^"]*)"[^>]*>[^<]*</a> <bdi class="small">\((.*?)\)</bdi>', page)
        assert shown == [(one.source, day_text(one.checked, code)) for one in statements], name


def test_scripts_are_small_and_make_no_code_of_text() -> None:
    for name in ("form", "help"):
        assert len(pages.script(name)) <= 2_800
        assert not re.search(r"\beval\(|Function\(|innerHTML|document\.write|localStorage|fetch\(", pages.script(name))


def words_in(text: str, code: str) -> float:
    """Count words. Two signs make a word of Chinese; Vietnamese parts its syllables, four to three words."""
    signs = len(re.findall(r"[\u3400-\u9fff]", text))
    parted = len(re.sub(r"[\u3400-\u9fff]", " ", text).split())
    return signs / 2 + parted * (0.75 if code == "vi" else 1)


def test_who_reads_this_is_said_in_few_words_before_the_first_question(code: str) -> None:
    first = re.search(r"<section.*?<ul>(.*?)</ul>.*?</section>", form(code), flags=re.DOTALL)
    assert first is not None
    assert not re.search("<input|<select|<textarea", first[0])
    assert words_in(re.sub(r"<[^>]*>", " ", first[1]), code) <= INTRODUCTION_WORDS


def test_sentences_are_short() -> None:
    for name, text in everything("en").items():
        body = re.sub(
            r"<style>.*?</style>|<script>.*?</script>|<option.*?</option>|<a class=\"small\".*?</a>",
            "",
            text,
            flags=re.DOTALL,
        )
        lines = [line.strip() for line in re.sub(r"<[^>]*>", "\n", body).splitlines()]
        for sentence in (part for line in lines for part in re.split(r"(?<=[.?!:]) ", line)):
            assert len(sentence.split()) <= SENTENCE_WORDS, (name, sentence)


def test_each_kind_of_problem_has_a_small_picture_and_words_and_readers_hear_the_words_only() -> None:
    drawings = re.findall(r'name="what"[^>]*>(<svg.*?</svg>)<span>[^<]+</span>', form("en"))
    assert len(drawings) == len(set(drawings)) == len(SOME_OF["what"])
    for drawing in drawings:
        assert len(drawing) <= 500
        assert 'aria-hidden="true"' in drawing


def test_the_demo_says_that_it_is_one(code: str) -> None:
    assert len(pages.fixed("help", code, demo=True)) > len(pages.fixed("help", code, demo=False))


def test_what_was_typed_stands_in_the_page_as_text_and_nothing_else() -> None:
    nasty = '</textarea><script>alert(1)</script>"><b>'
    values = {name: [nasty] for name in (*ONE_OF, *SOME_OF, *TEXTS)}
    page = pages.render(
        "form",
        "en",
        demo=False,
        values=values,
        faults={"story": "too_long", "form": "busy"},
        submission_id=nasty,
        **pages.form_lists("en"),
    )
    assert page.count("<script") == bool(pages.script("form"))
    assert not Reader(page).all("b")
    assert page.count("&lt;script&gt;") >= len(TEXTS)


def test_a_text_that_begins_with_a_line_keeps_it() -> None:
    page = pages.render(
        "form", "en", demo=False, values=pages.Blank(story=["\nfirst"]), submission_id="", **pages.form_lists("en")
    )
    assert ">\n\nfirst</textarea>" in page


def test_every_template_is_one_that_compiles() -> None:
    for name in environment().list_templates():
        environment().get_template(name)
