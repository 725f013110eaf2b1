"""Answers written for the purpose: everything that a model might say, and much that it should not."""

from pathlib import Path

from bot.model import Source

SOURCES = (
    Source("https://a.example/one", "The first [source] | with *marks* <b>", "2026-01-31"),
    Source("https://b.example/two", "", "2025"),
    Source("https://en.wiki.example/Foo_(bar)", "Foo (bar)"),
    Source("https://a.example/one/", "The first again"),
    Source("https://c.example/three?q=1&r=2#top", "A title that goes on and on " * 5),
)


def _hostile() -> dict[str, str]:
    """Answers that try to break something."""
    return {
        "deep_quote": ">" * 40 + " deep\n\n" + "- " * 30 + "deep list\n",
        "deep_list": "\n".join("  " * n + f"- level {n}" for n in range(40)),
        "controls": (
            "A\x00B\x07C \u202eevil\u202c \u2066iso\u2069 \x1b[31mred\x1b[0m\r\nline\rline \u2028sep \x85nel "
            "\ufeffbom \x9bcsi.\n\n```\n\u202ecode\x00\n```\n"
        ),
        "marks": "*" * 300 + " " + "[" * 300 + " " + "`" * 299 + " " + "_" * 300 + " a*b" * 300,
        "empty_marks": "****\n\n``\n\n[]()\n\n![]()\n\n#\n\n-\n\n>\n\n| |\n|-|\n\nEnd.",
    }


def _long() -> dict[str, str]:
    """Answers longer than several pages."""
    sentence = "The quick brown fox number {} jumps over the lazy dog[{}] and **runs** on. "
    prose = "\n\n".join("".join(sentence.format(10 * p + s, s % 4 + 1) for s in range(9)).strip() for p in range(14))
    code = "\n".join(f"value_{n} = compute(value_{n - 1}, index={n})  # step {n}" for n in range(1, 160))
    rows = "\n".join(f"| row {n} | {n * n} | note number {n}[{n % 3 + 1}] |" for n in range(1, 120))
    items = "\n".join(
        f"{n}. Item number {n} with some words[{n % 4 + 1}]\n   - detail {n}a\n   - detail {n}b, *in italics*"
        for n in range(1, 60)
    )
    return _hostile() | {
        "long_prose": prose,
        "long_sections": "\n\n".join(
            f"## Part {n}\n\nText of part {n}[1]. " + "More words follow here. " * 9 for n in range(1, 20)
        ),
        "long_code": f"Here:\n\n```python\n{code}\n```\n\nThat was long.",
        "long_code_in_list": "1. Here:\n\n   ```python\n"
        + "\n".join(f"   {line}" for line in code.split("\n")[:80])
        + "\n   ```\n\n2. Done.",
        "long_table": f"| name | square | note |\n|---|--:|---|\n{rows}\n\nThat was long.",
        "long_list": items,
        "long_quote": "\n".join(f"> line {n} of a long quote that goes on and on[1]" for n in range(1, 90)),
        "long_paragraph": "".join(f"Clause {n} of one endless sentence, " for n in range(1, 160)) + "and that is all.",
        "long_bold": "**" + "".join(f"Bold sentence number {n}. " for n in range(1, 160)).strip() + "** and plain.",
        "long_chinese": "面包学徒需要很多耐心和时间，因为每一步都不能着急。" * 120,
        "long_word": "Before " + "abcdefghij" * 450 + " after.",
        "long_inline_code": "Before `" + "word " * 700 + "end` after.",
        "long_link": "Before [" + "label " * 20 + "](https://evil.example/" + "x" * 1500 + ") after. " * 3,
        "long_words": " ".join("w" * 120 + str(n) for n in range(1, 60)),
        "long_cell": "| a | b |\n|---|---|\n| one | " + "cell words " * 400 + "|\n| two | short |\n\nAfter.",
        "long_heading": "# " + "Heading words go on " * 150 + "\n\nText.",
    }


CORPUS: dict[str, str] = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.md"))
} | _long()
