"""An answer that is longer than its most pages: what the pages show, what the file holds, and that nothing is lost between them."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model import Source
from bot.rendering import wording
from bot.rendering.footer import Ending
from bot.rendering.pages import Pages
from tests.fakes.messenger import PlainDialect

SOURCES = (Source("https://one.example/page", "The first page"), Source("https://two.example"))
NOTICE = f"\n\n({wording.GOES_ON_IN_FILE})"
REFUSED = f"\n\n({wording.REST_NOT_ATTACHED})"


def prose(words: int, *, start: int = 1) -> str:
    return " ".join(f"w{number}{'.' if number % 7 == 0 else ''}" for number in range(start, start + words))


def finished(text: str, most: int | None, *, length: int = 600, ending: Ending | None = None) -> Pages:
    pages = Pages(PlainDialect(length), max_pages=most)
    pages.text_grew(text)
    pages.sources_found(SOURCES)
    pages.finished(ending or Ending())
    return pages


def bodies(pages: Pages) -> list[str]:
    return [pages.page(number).body for number in range(pages.count())]


def words(text: str) -> list[str]:
    return re.findall(r"\bw\d+\b", text)


def test_an_answer_that_fits_has_no_rest_and_no_notice() -> None:
    pages = finished(prose(150), 12)
    assert 1 < pages.count() < 12
    assert pages.rest() == ""
    assert wording.GOES_ON_IN_FILE not in "".join(bodies(pages))


def test_a_longer_answer_ends_with_a_notice_and_its_sources_and_the_rest_is_markdown() -> None:
    pages = finished(f"{prose(400)}\n\n## Last words\n\n{prose(50, start=401)} [1]", 2, length=1000)
    assert pages.count() == 2
    assert NOTICE in pages.page(1).body
    assert pages.page(1).body.index(NOTICE) < pages.page(1).body.index("(Sources)")
    assert words("".join(bodies(pages)) + pages.rest()) == [f"w{number}" for number in range(1, 451)]
    assert "\n\n## Last words\n\n" in pages.rest()
    assert pages.rest().endswith(
        "[1]\n\n*Sources*  \n[1] [The first page](https://one.example/page)  \n*and 1 more not cited*\n"
    )


def test_the_rest_goes_on_where_the_last_page_ends() -> None:
    pages = finished(prose(300), 2)
    shown = words("".join(bodies(pages)))
    assert words(pages.rest())[0] == f"w{len(shown) + 1}"


def test_a_paragraph_a_table_and_code_that_pages_would_cut_are_whole_in_the_file() -> None:
    rows = "".join(f"| w{number} | x |\n" for number in range(100))
    code = "".join(f"w{number} = '@everyone'\n" for number in range(100))
    text = f"{prose(60)}\n\nstart {prose(200)}\n\n| a | b |\n|---|---|\n{rows}\n```python\n{code}```\n"
    rest = finished(text, 1).rest()
    assert rest.count("| a | b |") == 1
    assert rest.count("```") == 2
    assert "@everyone" in rest
    paragraph, *_ = rest.split("\n\n|")
    assert "\n\n" not in paragraph


def test_the_file_links_only_known_addresses_and_leaves_citations_as_they_are() -> None:
    text = f"{prose(200)} see [this](https://evil.example/x) and [that](https://one.example/page) [1]"
    rest = finished(text, 1).rest()
    assert "this `https://evil.example/x`" in rest
    assert "[that](https://one.example/page) [1]" in " ".join(rest.split())


def test_what_reads_as_nothing_leaves_no_gap_in_the_file() -> None:
    rest = finished(f"{prose(200)}\n\nw201\n\n#\n\nw202", 1).rest()
    assert "w201\n\nw202" in rest


def test_a_footer_that_has_no_page_any_more_is_in_the_file() -> None:
    alone = finished(prose(100), None, length=600, ending=Ending(related=("why? " * 30,)))
    assert alone.count() == 2, "the text fills a page, so that the footer is on one of its own"
    pages = finished(prose(100), 1, length=600, ending=Ending(related=("why? " * 30,)))
    assert pages.count() == 1
    assert pages.page(0).body == alone.page(0).body + NOTICE
    assert pages.rest().startswith("*Not cited")


def test_how_the_answer_ended_is_said_on_the_page_too() -> None:
    pages = finished(prose(300) + " [1][2]", 2, length=500, ending=Ending(wording.CUT_AT_LIMIT, ("why?" * 60,)))
    assert pages.page(1).body.endswith(f"{NOTICE}\n\n({wording.CUT_AT_LIMIT})")
    assert wording.CUT_AT_LIMIT in pages.rest()


def test_a_rest_that_cannot_be_attached_changes_the_notice_alone() -> None:
    pages = finished(prose(300), 2)
    before = bodies(pages)
    pages.not_attached()
    assert bodies(pages) == [before[0], before[1].replace(NOTICE, REFUSED)]


def test_the_notice_comes_as_soon_as_something_stands_behind_the_last_page() -> None:
    pages = Pages(PlainDialect(600), max_pages=1)
    for number in range(1, 200):
        pages.text_grew(f"w{number}. ")
        assert pages.count() <= 1
        assert pages.rest() == ""
        assert pages.sealed(0) == pages.full == (NOTICE in pages.page(0).body if pages.count() else False)
    assert pages.full


_CITING = "A sentence that says [1] and [2]. "
_TABLE = "\n| a | b |\n|---|---|\n| w6 | w7 |\n| w8 | x |\n\n"

TEXTS = st.lists(
    st.sampled_from(
        [
            "w1 w2 w3. ",
            _CITING,
            "\n\n",
            "\n\n## Heading w9\n\n",
            "- item w4\n",
            "```\ncode w5\n```\n",
            _TABLE,
            "**bold w10 and more** ",
            "> quoted w11\n",
        ]
    ),
    max_size=120,
)


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.integers(1, 4), st.sampled_from([400, 700]), st.booleans())
@example(["A sentence that says [1] and [2]. "] * 120, 1, 400, True)
@example([*[_CITING] * 3, _TABLE, "\n\n## Heading w9\n\n", _CITING], 1, 400, False)
@example([*["w1 w2 w3. "] * 2, *[_CITING] * 3, "```\ncode w5\n```\n", _TABLE], 1, 400, True)
def test_pages_never_exceed_their_most_and_never_take_back_a_word(
    pieces: list[str], most: int, length: int, early: bool
) -> None:
    pages, free = (Pages(PlainDialect(length), max_pages=bound) for bound in (most, None))
    seen: list[str] = []
    for number, piece in enumerate(pieces):
        for each in (pages, free):
            each.text_grew(piece)
            if early and number == 2:
                each.sources_found(SOURCES)
        assert pages.count() <= most
        now = bodies(pages)
        assert len(now) >= len(seen)
        for before, after in zip(seen, now, strict=False):
            assert words(after)[: len(words(before))] == words(before)
        seen = now
    for each in (pages, free):
        each.finished(Ending())
    # on its last page it may rather lose its links than its place, so it may need fewer pages than the free one
    assert pages.count() <= min(free.count(), most)
    for before, after in zip(seen, bodies(pages), strict=False):
        assert words(after)[: len(words(before))] == words(before)
    assert all(len(body) <= length for body in bodies(pages))
    assert words("\n".join([*bodies(pages), pages.rest()])) == words("\n".join(bodies(free)))
    assert bool(pages.rest()) == (wording.GOES_ON_IN_FILE in "".join(bodies(pages)))
