"""Pages of both platforms, read as a client would at every moment of a growing answer, over a corpus written for the purpose."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from adapters.discord.dialect import DiscordDialect
from adapters.slack.dialect import SlackDialect
from bot.model import Source
from bot.rendering.dialect import Dialect
from bot.rendering.footer import Ending
from bot.rendering.pages import Pages
from tests.bot.rendering.corpus import CORPUS, SOURCES
from tests.bot.rendering.reading import DISCORD_PINGS, SLACK_PINGS, Watch

EVERY_PREFIX = 400
LOOKS = 80

PLATFORMS: dict[str, tuple[Callable[[], Dialect], re.Pattern[str]]] = {
    "slack": (SlackDialect, SLACK_PINGS),
    "discord": (DiscordDialect, DISCORD_PINGS),
}

platforms = pytest.mark.parametrize("platform", PLATFORMS)


def pages_of(dialect: Dialect, text: str, sources: tuple[Source, ...] = (), cuts: tuple[int, ...] = ()) -> list[str]:
    pages = Pages(dialect)
    for start, end in zip((0, *cuts), (*cuts, len(text)), strict=True):
        pages.text_grew(text[start:end])
        pages.count()
    pages.sources_found(sources)
    pages.finished(Ending())
    return [pages.page(number).body for number in range(pages.count())]


@platforms
@pytest.mark.parametrize("name", CORPUS)
def test_at_every_moment_the_pages_fit_ping_nobody_and_link_only_to_sources(platform: str, name: str) -> None:
    make, pings = PLATFORMS[platform]
    text = CORPUS[name]
    watch = Watch(make(), pings, SOURCES, steady=False)
    watch.grow(text, 1 if len(text) <= EVERY_PREFIX else len(text) // LOOKS)
    assert watch.problems == []


@platforms
@pytest.mark.parametrize("name", CORPUS)
def test_the_final_pages_are_as_they_were_judged_good(platform: str, name: str, snapshot: SnapshotAssertion) -> None:
    make, _ = PLATFORMS[platform]
    assert "\n\n=== next page ===\n\n".join(pages_of(make(), CORPUS[name], SOURCES)) == snapshot


@platforms
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_where_the_engine_cuts_its_words_does_not_matter(platform: str, data: st.DataObject) -> None:
    make, _ = PLATFORMS[platform]
    text = CORPUS[data.draw(st.sampled_from([name for name in CORPUS if len(CORPUS[name]) < 2000]))]
    cuts = tuple(sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12))))
    assert pages_of(make(), text, SOURCES, cuts) == pages_of(make(), text, SOURCES)


@platforms
def test_a_marker_links_to_its_source_and_the_footer_lists_what_is_cited(platform: str) -> None:
    make, _ = PLATFORMS[platform]
    sources = tuple(Source(f"https://example.org/{number}", f"Page {number}") for number in (1, 2, 3))
    (body,) = pages_of(make(), "It is so [1], says `code [2]` too [9].", sources)
    assert re.search(r"\[\[1\]\]\(<?https://example\.org/1>?\)", body)
    assert "code [2]" in body
    assert "[9]" in body
    assert "Page 1" in body
    assert "Page 2" not in body
    assert "2 more" in body


@platforms
def test_an_answer_without_sources_says_so(platform: str) -> None:
    make, _ = PLATFORMS[platform]
    (body,) = pages_of(make(), "Nobody knows.")
    assert "No sources were found" in body


@platforms
@pytest.mark.parametrize("held", ["[", "[1", "<thi", "<think>secret", "| a | b |"])
def test_what_may_still_become_something_else_is_held_back(platform: str, held: str) -> None:
    make, _ = PLATFORMS[platform]
    pages = Pages(make())
    pages.text_grew(held)
    assert pages.count() == 0 or held not in pages.page(0).body
