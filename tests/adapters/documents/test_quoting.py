"""What of a page may stand in an answer, and what must not."""

import pytest

from adapters.documents.quoting import literal, plain, quotable


@pytest.mark.parametrize(
    ("page", "quote"),
    [
        ("see [settings](settings.md#x)", "see settings"),
        ("see [the page](../other/page.md 'a title')", "see the page"),
        ("see [Slack](https://api.slack.com/apps)", "see [Slack](https://api.slack.com/apps)"),
        ("see [wiki](https://example.org/a_(b))", "see [wiki](https://example.org/a_(b))"),
        ("run [me](javascript:alert(1))", "run me"),
        ("![a picture](picture.png) here", "a picture here"),
        ("![a picture](https://example.org/p.png)", "a picture"),
        ("[![badge](b.svg)](ci.md)", "badge"),
        ("as told [1] and [^2]", "as told (1) and (2)"),
        ("an array `a[1]` stays", "an array `a[1]` stays"),
        ("```\na[1] [x](y)\n```", "```\na[1] [x](y)\n```"),
        ("a <!-- secret --> b", "a  b"),
        ("a <br/> b <b class='x'>c</b>", "a  b c"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<https://example.org>", "<https://example.org>"),
        ("see [it][home]", "see [it](https://example.org)"),
        ("see [home]", "see [home](https://example.org)"),
        ("see [home][]", "see [home](https://example.org)"),
        ("see [local]", "see local"),
        ("a [checkbox] stays", "a [checkbox] stays"),
    ],
)
def test_a_quote_keeps_what_works_elsewhere_and_drops_the_rest(page: str, quote: str) -> None:
    assert quotable(page, {"home": "https://example.org", "local": "here.md"}) == quote


def test_headings_lose_their_marks() -> None:
    assert plain("**Bold** `code` [link](x.md) ~~old~~ \\*star\\* snake_case_name") == (
        "Bold code link old *star* snake_case_name"
    )


def test_literal_text_has_no_markup() -> None:
    assert literal("a*b_c\n===\n\tindented") == "a\\*b\\_c\n\\===\nindented"
