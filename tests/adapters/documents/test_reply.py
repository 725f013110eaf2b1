"""The wording of answers: what is quoted, how sources are named, and honesty when there is nothing."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.index import Hit
from adapters.documents.reply import nothing_found, quoted, spoken, worth_quoting


def hit(
    score: float = 1.0, fit: float = 1.0, *, url: str = "", text: str = "Text.", headings: tuple[str, ...] = ()
) -> Hit:
    return Hit("guides/set up.md", "Set up", url, headings, text, score, fit)


def test_each_passage_is_quoted_under_its_own_number() -> None:
    reply = quoted([hit(text="One."), hit(text="Two.", headings=("The last step",))], [], "")
    assert reply.text == "**Set up** [1]\n\nOne.\n\n**Set up › The last step** [2]\n\nTwo."
    assert [(source.title, source.url) for source in reply.sources] == [
        ("Set up", "guides/set%20up.md"),
        ("Set up › The last step", "guides/set%20up.md#the-last-step"),
    ]


def test_the_address_of_a_page_follows_the_base_address_or_its_own() -> None:
    assert quoted([hit()], [], "https://docs.example.org").sources[0].url == (
        "https://docs.example.org/guides/set%20up.md"
    )
    own = hit(url="https://wiki.example.org/p#top", headings=("A",))
    assert quoted([own], [], "https://docs.example.org").sources[0].url == "https://wiki.example.org/p#top"


def test_headings_cannot_write_markdown() -> None:
    assert quoted([hit(headings=("A_B [1] *x*",))], [], "").text.startswith("**Set up › A\\_B \\[1\\] \\*x\\*** [1]")


def test_words_that_no_page_has_are_named() -> None:
    assert quoted([hit()], ["Lisbon"], "").text.endswith("Text.\n\nThe documents do not mention `Lisbon`.")


def test_nothing_found_says_what_was_looked_for_and_which_pages_there_are() -> None:
    reply = nothing_found(["weather", "Lisbon"], ["Connect Slack"])
    assert reply.text == (
        "I found nothing in the documents. I looked for `weather`, `Lisbon`.\n\nThese are the pages:\n\n- Connect Slack"
    )
    assert reply.sources == ()


def test_a_question_without_any_word_gets_the_list_of_pages() -> None:
    assert nothing_found([], ["A", "B"]).text == "Ask me about the documents.\n\nThese are the pages:\n\n- A\n- B"


def test_a_long_list_of_pages_ends() -> None:
    assert nothing_found([], [f"page {n}" for n in range(13)]).text.endswith("- page 11\n- …")


def test_an_empty_folder_is_said_to_be_empty() -> None:
    assert "The folder is empty" in nothing_found(["x"], []).text


def test_weak_passages_are_not_quoted() -> None:
    best, weak, other = hit(score=5.0), hit(score=0.5), hit(score=4.0, fit=0.2)
    assert worth_quoting([best, weak, other], 3) == [best]


def test_no_more_is_quoted_than_people_read() -> None:
    hits = [hit(text="x" * 2000) for _ in range(5)]
    assert len(worth_quoting(hits, 3)) == 1
    assert len(worth_quoting([hit(text="x" * 9000)], 3)) == 1
    assert len(worth_quoting([hit() for _ in range(5)], 3)) == 3


@given(st.text())
def test_the_spoken_pieces_are_the_text(text: str) -> None:
    pieces = spoken(text)
    assert "".join(pieces) == text
    assert all(pieces)
