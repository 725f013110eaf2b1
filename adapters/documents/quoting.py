"""Makes a piece of somebody's page safe to stand inside an answer. Pure.

What only works on the page itself goes: relative links, images, comments, tags, reference links. What the answer would take
for its own goes too: `[1]` becomes `(1)`. Code is left as it is, and always ends.
"""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt

_FENCED = r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*\n)*?[ \t>]*(?P=fence)[`~]*[ \t]*$"
_SPAN = r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
_CODE = re.compile(f"{_FENCED}|{_SPAN}", re.MULTILINE)
_OPEN_FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>")
_TARGET = r"\(\s*<?(?P<url>(?:[^\s()<>]|\([^\s()<>]*\))*)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
_IMAGE = re.compile(r"!\[(?P<text>[^\]\n]*)\]" + _TARGET)
_LINK = re.compile(r"(?<![!\\])\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]" + _TARGET)
_REFERENCE = re.compile(r"(?<![!\\])\[(?P<text>[^\[\]]+)\](?:\[(?P<label>[^\[\]]*)\])?(?!\()")
_MARKER = re.compile(r"(?<!\\)\[\^?(?P<number>\d{1,3})\](?!\()")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_RUN_OF_TICKS = re.compile(r"`{3,}")
_PARSER = MarkdownIt("commonmark").disable("text_join")  # keeps an escaped bracket apart from a bracket
_NEXT = "next"
_PARAGRAPH = ["paragraph_open", "inline", "paragraph_close"]


def quotable(markdown: str, references: Mapping[str, str]) -> str:
    """A piece of Markdown as it can be quoted; `references` are the page's link definitions, by label in lower case."""
    quote = _cleaned(markdown, references)
    return quote if _stands_alone(quote) else literal(markdown)


def _cleaned(markdown: str, references: Mapping[str, str]) -> str:
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(markdown):
        pieces += [_prose(markdown[end : code.start()], references), code.group()]
        end = code.end()
    return _closed("".join(pieces), _prose(markdown[end:], references)).strip("\n")


def fenced(code: str, language: str) -> str:
    """A code block whose fence is longer than any run of backticks inside."""
    fence = "`" * max(3, *(len(run) + 1 for run in _RUN_OF_TICKS.findall(code)), 3)
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def literal(text: str) -> str:
    """Plain text as Markdown that shows exactly these characters."""
    lines = (_SPECIAL.sub(r"\\\1", line.strip()) for line in text.splitlines())
    return "\n".join(f"\\{line}" if line.strip("-=") == "" and line else line for line in lines)


def plain(markdown: str) -> str:
    """The words of a heading or a short text, without Markdown marks, on one line."""
    text = _LINK.sub(r"\g<text>", _IMAGE.sub(r"\g<text>", _TAG.sub("", markdown)))
    text = re.sub(r"(?<!\\)(\*\*|__|\*|`|~~)(?=\S)(.+?)(?<!\\)\1", r"\2", text)
    return " ".join(re.sub(r"\\([^\w\s])", r"\1", text).split())


def _prose(text: str, references: Mapping[str, str]) -> str:
    text = _TAG.sub("", _COMMENT.sub("", text))
    text = _IMAGE.sub(r"\g<text>", text)
    text = _REFERENCE.sub(lambda match: _resolved(match, references), text)
    text = _LINK.sub(_kept, text)
    return _MARKER.sub(r"(\g<number>)", text)


def _resolved(match: re.Match[str], references: Mapping[str, str]) -> str:
    label = " ".join((match["label"] or match["text"]).split()).lower()
    return f"[{match['text']}]({references[label]})" if label in references else match.group()


def _kept(match: re.Match[str]) -> str:
    return match.group() if match["url"].lower().startswith(("http://", "https://")) else match["text"]


def _stands_alone(quote: str) -> bool:
    """Whether text that follows the quote is read as text of its own, and the quote cites nothing."""
    tokens = _PARSER.parse(f"{quote}\n\n{_NEXT}")
    last = tokens[-3:]
    ends = [token.type for token in last] == _PARAGRAPH and last[1].content == _NEXT and last[1].level == 1
    texts = (child for token in tokens for child in token.children or () if child.type == "text")
    return ends and not any(_MARKER.search(child.content) for child in texts)


def _closed(code_and_prose: str, rest: str) -> str:
    opened = _OPEN_FENCE.search(rest)
    end = f"\n{opened['indent']}{opened['fence']}" if opened else ""
    return f"{code_and_prose}{rest.rstrip()}{end}"
