"""Words the answer: which of the hits are quoted, under which sources, and what is said when there are none. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from adapters.documents.index import Hit
from bot.model import Source

_LEAST_FIT = 0.34  # of the question's words; below, a passage is about something else
_LEAST_SHARE = 0.5  # of the best passage's score; below, a passage adds nothing
_MOST_TEXT = 3600  # characters that one answer quotes
_LISTED_PAGES = 12
_WORD = re.compile(r"\S{1,16}\s*|\s+")


@dataclass(frozen=True, slots=True)
class Reply:
    """This is an answer, ready to be said: `[n]` in its text means `sources[n - 1]`."""

    text: str
    sources: tuple[Source, ...] = ()


def worth_quoting(hits: Sequence[Hit], most: int) -> list[Hit]:
    """The best of the hits, best first: those that cover enough of the question, as many as a reader takes in."""
    fitting = [hit for hit in hits if hit.fit >= _LEAST_FIT]
    best = max((hit.score for hit in fitting), default=0.0)
    chosen: list[Hit] = []
    for hit in fitting:
        length = sum(len(earlier.markdown) for earlier in chosen) + len(hit.markdown)
        if hit.score >= best * _LEAST_SHARE and (not chosen or length <= _MOST_TEXT):
            chosen.append(hit)
    return chosen[:most]


def quoted(hits: Sequence[Hit], unknown: Sequence[str], base_url: str) -> Reply:
    """An answer that quotes the hits in order, one source each, and names the words that no page has."""
    parts = [f"**{_escaped(_heading(hit))}** [{number}]\n\n{hit.markdown}" for number, hit in enumerate(hits, 1)]
    if unknown:
        parts.append(f"The documents do not mention {_named(unknown)}.")
    return Reply("\n\n".join(parts), tuple(_source(hit, base_url) for hit in hits))


def nothing_found(words: Sequence[str], titles: Sequence[str]) -> Reply:
    """An honest answer without sources: what was looked for, and what there is to ask about."""
    if not titles:
        return Reply("There are no documents to answer from. The folder is empty, or it cannot be read.")
    found = (
        f"I found nothing in the documents. I looked for {_named(words)}." if words else "Ask me about the documents."
    )
    more = "\n- …" if len(titles) > _LISTED_PAGES else ""
    pages = "\n".join(f"- {_escaped(title)}" for title in titles[:_LISTED_PAGES])
    return Reply(f"{found}\n\nThese are the pages:\n\n{pages}{more}")


def spoken(text: str) -> list[str]:
    """The text in pieces of a word or less, in order; together they are the text."""
    return _WORD.findall(text)


def _heading(hit: Hit) -> str:
    return " › ".join((hit.title, *hit.headings))


def _source(hit: Hit, base_url: str) -> Source:
    return Source(url=_address(hit, base_url), title=_heading(hit))


def _address(hit: Hit, base_url: str) -> str:
    url = hit.url
    if not url:
        path = quote(hit.name)
        url = f"{base_url}/{path}" if base_url else path
    if hit.headings and not urlsplit(url).fragment:
        return f"{url}#{_anchor(hit.headings[-1])}"
    return url


def _anchor(heading: str) -> str:
    """The place of a heading inside its page, as the usual renderers of Markdown name it."""
    return quote(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))


def _named(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)
