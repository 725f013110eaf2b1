"""Cutting pages into passages: where, under which headings, and that every piece can stand inside an answer."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.documents.passages import LONGEST_CODE, USUAL, read_markdown, read_text


def test_sections_become_passages_under_their_path_of_headings() -> None:
    page = read_markdown("# Guide\n\nIntro.\n\n## Slack\n\nOne.\n\n### Tokens\n\nTwo.\n\n## Discord\n\nThree.", "guide")
    assert page.title == "Guide"
    assert [(passage.headings, passage.markdown) for passage in page.passages] == [
        ((), "Intro."),
        (("Slack",), "One."),
        (("Slack", "Tokens"), "Two."),
        (("Discord",), "Three."),
    ]


def test_front_matter_names_title_and_address_and_is_not_text() -> None:
    page = read_markdown('---\ntitle: "The guide"\nurl: https://example.org/guide\n---\n# Guide\n\nText.', "file")
    assert (page.title, page.url) == ("The guide", "https://example.org/guide")
    assert [passage.markdown for passage in page.passages] == ["Text."]
    assert page.passages[0].headings == ()


def test_a_page_without_headings_is_named_after_its_file() -> None:
    assert read_markdown("Just text.", "release notes").title == "release notes"


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    assert [passage.markdown for passage in read_markdown("---\nnever closed\n\nText.", "x").passages] == [
        "never closed\n\nText."
    ]


def test_windows_line_ends_are_read_as_line_ends() -> None:
    assert [passage.markdown for passage in read_markdown("# A\r\n\r\ntext\r\n\r\n## B\r\n\r\nmore", "x").passages] == [
        "text",
        "more",
    ]


def test_a_hash_inside_code_is_no_heading() -> None:
    page = read_markdown("# A\n\n```sh\n# not a heading\n```\n", "x")
    assert page.passages[0].markdown == "```sh\n# not a heading\n```"


def test_an_unclosed_fence_is_closed() -> None:
    assert read_markdown("Run:\n\n```sh\nmake play", "x").passages[0].markdown == "Run:\n\n```sh\nmake play\n```"


def test_an_unclosed_fence_inside_a_list_is_closed() -> None:
    (passage,) = read_markdown("- run\n\n  ```sh\n  make play\n", "x").passages
    assert passage.markdown == "- run\n\n  ```sh\n  make play\n  ```"


def test_a_fence_with_backticks_inside_gets_a_longer_fence() -> None:
    (passage,) = read_markdown("````md\n```\ninner\n```\n````", "x").passages
    assert passage.markdown == "````md\n```\ninner\n```\n````"


def test_a_sentence_that_announces_stays_with_what_it_announces() -> None:
    manifest = "\n".join(f"line {n}: value" for n in range(100))
    (passage,) = read_markdown(f"Paste this:\n\n```yaml\n{manifest}\n```", "x").passages
    assert passage.markdown.startswith("Paste this:\n\n```yaml\nline 0")


def test_a_long_list_is_cut_between_its_items() -> None:
    items = [f"{n}. {'word ' * 30}end{n}." for n in range(1, 21)]
    passages = read_markdown("\n".join(items), "x").passages
    assert len(passages) > 1
    assert "\n".join(passage.markdown for passage in passages) == "\n".join(items)


def test_a_long_table_is_cut_between_its_rows_and_keeps_its_head() -> None:
    rows = [f"| name{n} | {'text ' * 20}|" for n in range(40)]
    passages = read_markdown("| name | text |\n|---|---|\n" + "\n".join(rows), "x").passages
    assert len(passages) > 1
    assert all(passage.markdown.startswith("| name | text |\n|---|---|\n| name") for passage in passages)
    assert sum(passage.markdown.count("| name") for passage in passages) == len(rows) + len(passages)


def test_a_long_paragraph_is_cut_after_a_sentence() -> None:
    text = " ".join(f"This is sentence number {n}." for n in range(100))
    passages = read_markdown(text, "x").passages
    assert all(passage.markdown.endswith(".") and len(passage.markdown) <= USUAL for passage in passages)
    assert " ".join(passage.markdown for passage in passages) == text


def test_a_file_of_one_endless_line_is_still_cut() -> None:
    passages = read_markdown("x" * 20_000, "x").passages
    assert max(len(passage.markdown) for passage in passages) <= USUAL
    assert "".join(passage.markdown for passage in passages) == "x" * 20_000


def test_endless_code_is_cut_into_whole_listings() -> None:
    passages = read_markdown("```json\n" + "y" * 20_000 + "\n```", "x").passages
    assert all(passage.markdown.startswith("```json\n") for passage in passages)
    assert all(passage.markdown.endswith("\n```") for passage in passages)
    assert max(len(passage.markdown) for passage in passages) <= LONGEST_CODE + USUAL


def test_plain_text_shows_its_own_characters() -> None:
    page = read_text("# no heading *no stars* [1]\n    not code\n---\n```\n\nsecond", "notes")
    assert page.title == "notes"
    assert page.passages[0].markdown == ("\\# no heading \\*no stars\\* \\[1\\]\nnot code\n\\---\n\\`\\`\\`\n\nsecond")


MARKDOWN = st.lists(
    st.sampled_from(
        ["# a\n", "## b\n", "text [1] ", "```\n", "~~~\n", "`", "``", "- item\n", "  ", "    ", "> ", "\n", "\n\n", "| a |\n",
         "|---|\n", "[x](y.md)", "![i](i.png)", "<!--", "-->", "<b>", "1. ", "---\n", "[r]: z.md\n", "**", "é漢", "\\"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(MARKDOWN)
@example("[x](y.md)# a\n    ```\n<b>```\n")
@example("<b>```\n<b>```\n")
@example("`# a\n`text [1] `")
def test_whatever_the_page_a_passage_leaves_nothing_open_and_cites_nothing(text: str) -> None:
    for passage in read_markdown(text, "x").passages:
        tokens = MarkdownIt("commonmark").parse(f"{passage.markdown}\n\nAFTER")
        inline = [token.content for token in tokens if token.type == "inline" and token.level == 1]
        assert inline
        assert inline[-1].endswith("AFTER")
        assert not _cites(passage.markdown)


def _cites(markdown: str) -> bool:
    shown = [
        child.content
        for token in MarkdownIt("commonmark").disable("text_join").parse(markdown)
        for child in token.children or ()
        if child.type == "text"
    ]
    return any(re.search(r"\[\d+\]", text) for text in shown)
