"""Wordings: a name stands for a fact, only known ones do, and no fact is ever more than words."""

from __future__ import annotations

import importlib
import re
import string
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.messages.kinds import FRAMES, KINDS, examples
from app.messages.render import BadContext, compose
from app.messages.wording import FIELDS, Wording, check, fill, names_in, numbered
from app.messages.wordings import days_in_words, default_wording, greeting, languages, phrase
from tests.unit.messages.test_render import SAMPLES, TEMPLATES

GOOD = default_wording("invoice", "en")
NASTY = [
    "<script>alert(1)</script>", "</p><p onclick=x>", "{{amount}}", "{{{{link}}}}", "{", "}}", "{% raw %}", "{{number}",
    "\r\nBcc: x@evil.example", "\x00\x08\x1b", "\u2028\u2029", "\u202egnp.exe", "\ud800", "\N{NO-BREAK SPACE}",
    'a"b\'c', "&lt;b&gt;", "&#123;&#123;link&#125;&#125;", "%7B%7Blink%7D%7D", "javascript:alert(1)", "\\1\\g<0>",
    "*_~`", "",
]  # fmt: skip
ANYTHING = st.one_of(st.text(), st.sampled_from(NASTY), st.lists(st.sampled_from(NASTY)).map("".join))


def changed(**texts: str) -> Wording:
    return replace(GOOD, **texts)


def environment() -> Environment:
    escape = select_autoescape(("html",))
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=escape, undefined=StrictUndefined)


# -- what is delivered -----------------------------------------------------------------------------------------------


def test_every_language_is_complete() -> None:
    assert languages() == {path.stem for path in Path("app/messages/wordings").glob("[a-z]*.py")} >= {"en"}
    for language in languages():
        assert greeting("Ada", language) != greeting("", language)
        for kind in KINDS:
            wording = default_wording(kind, language)
            assert all(text.strip() for text in wording.texts().values()), (language, kind)
            assert check(kind, wording) == {}, (language, kind)


def test_every_language_has_every_phrase_with_the_same_names() -> None:
    english = importlib.import_module("app.messages.wordings.en").PHRASES
    for language in languages():
        phrases = importlib.import_module(f"app.messages.wordings.{language}").PHRASES
        for name, text in english.items():
            names = {found[1] for found in string.Formatter().parse(phrases[name]) if found[1] is not None}
            assert names == {found[1] for found in string.Formatter().parse(text) if found[1] is not None}, name
            assert all(one.isidentifier() for one in names), name


def test_a_fact_in_a_phrase_is_never_read_again() -> None:
    assert phrase("due", "en", day="{day} {0}") == "due {day} {0}"


@pytest.mark.parametrize("language", ["en", "en-GB", "tlh", "", "../secret", "de_DE"])
def test_a_language_without_wordings_speaks_english(language: str) -> None:
    assert default_wording("invoice", language) == GOOD
    assert greeting("Lekki Gardens", language) == "Hello Lekki Gardens"
    assert greeting("", language) == "Hello"
    assert [days_in_words(days, language) for days in (-1, 0, 5)] == ["1 day", "0 days", "5 days"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_explains_its_names_and_fits_its_frame(kind: str) -> None:
    told = KINDS[kind]
    assert told.frame in FRAMES
    assert "link" in told.names
    assert all(name.about and name.example for name in told.names.values())
    for text in default_wording(kind, "en").texts().values():
        assert set(names_in(text)) <= told.names.keys()


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{{amout}} {{link}}", "Did you mean {{amount}}?"),
        ("{{Number}} {{link}}", "Did you mean {{number}}?"),
        ("{{ amount | upper }} {{link}}", "There is no {{amount | upper}} in this message."),
        ("{{config}} {{link}}", "Choose from the names in the list."),
        ("{{}} {{link}}", "There is no {{}}"),
        ("{{number {{link}}", "A brace stands alone."),
        ("{{link}} }", "A brace stands alone."),
        ("{% if number %}{{link}}", "A brace stands alone."),
        ("{{{link}}}", "A brace stands alone."),
        (" \n", "Enter "),
    ],
)
def test_what_is_no_name_is_refused(field: str, text: str, sentence: str) -> None:
    problems = check("invoice", changed(**{field: text}))
    assert list(problems) == [field]
    assert any(sentence in one for one in problems[field])


@pytest.mark.parametrize(
    "html, sentence",
    [
        ("<div>x</div>", "<div> cannot be used here."),
        ("<script>x</script>", "<script> cannot be used here."),
        ('<img src="https://evil.example/x.png">', "<img> cannot be used here."),
        ('<p style="color:red">x</p>', "<p> cannot carry “style” here."),
        ('<p onclick="x()">x</p>', "<p> cannot carry “onclick” here."),
        ("<p {{number}}>x</p>", "cannot carry"),
        ('<a href="javascript:alert(1)">x</a>', "A link leads to"),
        ('<a href="java&#10;script:alert(1)">x</a>', "A link leads to"),
        ('<a href="data:text/html,x">x</a>', "A link leads to"),
        ('<a href="/settings/">x</a>', "A link leads to"),
        ('<a href="{{number}}">x</a>', "A link leads to"),
        ('<a href="https://x.example/{{number}}">x</a>', "“https://x.example/{{number}}” has one."),
        ('<a href="mailto:{{number}}@x.example">x</a>', "an address without names in it"),
        ('<a href="https://x.example/a b">x</a>', "A link leads to"),
        ('<a href="https://x.example" target="_blank">x</a>', "<a> cannot carry “target” here."),
        ("<p>x</p><!-- y -->", "would be lost"),
        ("<p>x</p><p", "would be lost"),
        ("&#123;&#123;amout&#125;&#125;", "Did you mean {{amount}}?"),
        ("&#123; x", "A brace stands alone."),
    ],
)
def test_html_outside_the_list_is_refused_and_would_be_taken_out(html: str, sentence: str) -> None:
    problems = check("invoice", changed(html=html))["html"]
    assert any(sentence in one for one in problems), problems
    left = BeautifulSoup(fill(html, examples("invoice"), "html"), "html.parser")
    assert {tag.name for tag in left.find_all()} <= {"p", "a"}
    assert not [value for tag in left.find_all() for value in tag.attrs.values() if value != "https://x.example"]


@pytest.mark.parametrize(
    "html",
    [
        "<h1>{{number}}</h1><p>Hi<br>there</p><ul><li><b>a</b><li><em>b</em></ul>",
        '<a href="{{link}}">See</a> <a href="{{ link }}">it</a> <a href="https://x.example/?a=1&amp;b=2">or</a>',
        '<a href="mailto:office@harmattan.example">write</a>, 3 < 4 &amp; &euro; “quoted”',
        "<p>one<p>two",
    ],
)
def test_html_on_the_list_is_taken(html: str) -> None:
    assert check("invoice", changed(html=html)) == {}


def test_a_subject_is_one_line_and_an_sms_is_short() -> None:
    assert check("invoice", changed(subject="a\nb")) == {"subject": ["A subject is one line."]}
    for field in ("sms", "whatsapp"):
        assert check("invoice", changed(**{field: "x" * 1600})) == {}
        assert "1,601 characters" in check("invoice", changed(**{field: "x" * 1601}))[field][0]
        # What counts is what the reader gets: fifteen characters for each name.
        assert check("invoice", changed(**{field: "{{business_name}}" * 106})) == {}
        assert "1,605 characters" in check("invoice", changed(**{field: "{{business_name}}" * 107}))[field][0]


@pytest.mark.parametrize("kind", ["password_reset", "invitation"])
def test_what_opens_a_door_carries_its_link(kind: str) -> None:
    wording = replace(default_wording(kind, "en"), sms="Come in!", whatsapp="Come in!")
    assert check(kind, wording).keys() == {"sms", "whatsapp"}
    for elsewhere in ('<a href="https://evil.example/">x</a>', "HTTP://evil.example", "https&#58;//evil.example"):
        found = check(kind, replace(default_wording(kind, "en"), html=elsewhere, text=f"{elsewhere} www.evil.example"))
        assert "only {{link}} may lead somewhere" in found["html"][-1]
        assert "only {{link}} may lead somewhere" in found["text"][-1]


@given(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), st.sampled_from(FIELDS), st.sampled_from(sorted(KINDS)))
def test_unknown_names_are_always_refused(name: str, field: str, kind: str) -> None:
    wording = replace(default_wording(kind, "en"), **{field: f"{{{{{name}}}}} {{{{link}}}}"})
    refused = any(f"There is no {{{{{name}}}}}" in one for one in check(kind, wording).get(field, []))
    assert refused == (name not in KINDS[kind].names)


# -- what comes out --------------------------------------------------------------------------------------------------


@given(ANYTHING)
def test_a_checked_text_leaves_no_braces(text: str) -> None:
    for field in FIELDS:
        if not check("invoice", changed(**{field: text})):
            filled = fill(text, examples("invoice"), field)  # type: ignore[arg-type]
            assert "{" not in filled
            assert "}" not in filled


@given(st.fixed_dictionaries(dict.fromkeys(("greeting", "number", "amount"), ANYTHING)))
@example({"greeting": "script", "number": "p onclick=x", "amount": '" onmouseover="x'})
def test_no_value_adds_an_element_or_an_attribute(values: dict[str, str]) -> None:
    html = '<h1>{{greeting}}</h1><p>a <{{number}}> b {{amount}}<br>{{greeting}}{{number}}</p><a href="{{link}}">x</a>'
    values = {**values, "link": "https://duely.example/i/x/"}
    found = BeautifulSoup(fill(html, values, "html"), "html.parser")
    assert [tag.name for tag in found.find_all()] == ["h1", "p", "br", "a"]
    assert [tag.attrs for tag in found.find_all() if tag.attrs] == [{"href": "https://duely.example/i/x/"}]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", 'https://x"onclick="y', "https://x.example/\n> <b>", "{{link}}"]
)
def test_no_link_is_more_than_an_address(link: str) -> None:
    found = BeautifulSoup(fill('<a href="{{link}}">x</a>', {"link": link}, "html"), "html.parser")
    assert [tag.name for tag in found.find_all()] == ["a"]
    assert found.a is not None
    assert set(found.a.attrs) <= {"href"}
    assert str(found.a.attrs.get("href", "https:")).startswith(("https:", "{{link}}"))


@given(ANYTHING, st.sampled_from(["subject", "text", "whatsapp", "sms"]))
def test_no_value_starts_a_line_or_hides_in_control_characters(value: str, place: str) -> None:
    filled = fill("a{{number}}b\nc" if place != "subject" else "a{{number}}b", {"number": value}, place)  # type: ignore[arg-type]
    assert filled.count("\n") == (place != "subject")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", filled)


@given(ANYTHING, ANYTHING)
def test_a_value_is_never_read_again(number: str, amount: str) -> None:
    filled = fill("{{number}}|{{amount}}", {"number": "{{amount}}" + number, "amount": "{{number}}" + amount}, "text")
    assert filled.startswith("{{amount}}")
    assert "|{{number}}" in filled


@given(ANYTHING)
def test_in_an_address_a_value_is_one_part_of_it(value: str) -> None:
    filled = fill("https://wa.me/1?text={{number}}&x=1", {"number": value}, "url")
    assert re.fullmatch(r"https://wa\.me/1\?text=[\w.~%-]*&x=1", filled, re.ASCII)


def test_every_place_has_its_own_dangers() -> None:
    values = {"number": "*A_B*\N{NARROW NO-BREAK SPACE}<i>", "link": "https://x.example/_a_/"}
    assert (
        fill("*{{number}}* {{link}}", values, "whatsapp")
        == "*∗AˍB∗\N{NARROW NO-BREAK SPACE}<i>* https://x.example/_a_/"
    )
    assert fill("{{number}}", values, "sms") == "*A_B* <i>"
    assert fill("{{number}}", values, "html") == "*A_B*\N{NARROW NO-BREAK SPACE}&lt;i&gt;"
    assert fill("Hi\r\n{{ number }}", values, "subject") == "Hi *A_B*\N{NARROW NO-BREAK SPACE}<i>"
    assert unquote(fill("{{number}}", values, "url")) == values["number"]
    assert numbered(["link", "number", "nothing"], values) == {"1": values["link"], "2": values["number"], "3": ""}


# -- the whole message -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_its_words_in_its_frame(kind: str) -> None:
    values = examples(kind)
    made = compose(environment(), kind, default_wording(kind, "en"), values, SAMPLES[KINDS[kind].frame])
    for face in made:
        assert "{{" not in face
    assert values["link"] in made.sms
    assert values["link"] in made.whatsapp
    first = fill(default_wording(kind, "en").text, values, "text").splitlines()[0]
    assert made.text.startswith(first)
    assert made.email == made[:3]


def test_the_words_of_the_business_take_the_place_of_ours() -> None:
    mine = Wording("Yo {{number}}", "<h2>Yo</h2><p>{{amount}} & go</p>", "Yo\n\n{{amount}}", "w", "s")
    made = compose(environment(), "reminder_last", mine, examples("reminder_last"), SAMPLES["invoice"])
    assert made.subject == "Yo INV-2026-0415"
    assert "Yo</h2>" in made.html
    assert "₦344,000.00 &amp; go</p>" in made.html
    assert made.text.startswith("Yo\n\n₦344,000.00\n")
    assert (made.whatsapp, made.sms) == ("w", "s")


def test_a_message_without_all_its_facts_is_refused() -> None:
    told, values = SAMPLES["invoice"], examples("invoice")
    for wrong in ({"number": "1"}, values | {"secret": "x"}, {n: v for n, v in values.items() if n != "days"}):
        with pytest.raises(BadContext, match="names missing or unknown"):
            compose(environment(), "invoice", GOOD, wrong, told)
    with pytest.raises(BadContext, match="link is not an http address"):
        compose(environment(), "invoice", GOOD, values | {"link": "javascript:x"}, told)
    with pytest.raises(BadContext, match="no message of the kind"):
        compose(environment(), "statement", GOOD, values, told)
