"""What a reader of a channel makes of an answer: how it grew, whether it is whole, where its sources are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rendering.wording import SOURCES
from tests.emulators.discord import Message as DiscordMessage
from tests.emulators.perplexity import Script, word_numbers
from tests.emulators.slack import Message as SlackMessage

_LINKED = re.compile(r"\[\[(\d+)\]\]\(<?(https?://[^\s<>()]+)>?\)")
_FOOTNOTE = re.compile(r"^.*?\[(\d+)\].*?\]\(<?(https?://[^\s<>()]+)>?\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Answer:
    """This is one message as it was seen over time, the newest last."""

    versions: tuple[str, ...]

    @property
    def text(self) -> str:
        """What stands there now."""
        return self.versions[-1]

    @property
    def body(self) -> str:
        """What stands above the sources."""
        return self.text.partition(SOURCES)[0]

    @property
    def footer(self) -> str:
        """The sources and what follows, "" as long as there are none."""
        return "".join(self.text.partition(SOURCES)[1:])

    @property
    def complete(self) -> bool:
        return bool(self.footer)


def in_slack(message: SlackMessage) -> Answer:
    return Answer(tuple(version.shown for version in message.versions))


def in_discord(message: DiscordMessage) -> Answer:
    return Answer(tuple(text for _, text in message.log))


def steps(answer: Answer, script: Script) -> list[int]:
    """How many words of the script stood there, at each time when it became more."""
    counts = [len(word_numbers(text, script.prefix)) for text in answer.versions]
    return [count for before, count in zip([0, *counts], counts, strict=False) if count > before]


def check_growth(answer: Answer, script: Script, at_least: int = 3) -> None:
    """It grew in visible steps, never lost, doubled or mixed up a word, and had its footer only at the end."""
    for text in answer.versions:
        assert word_numbers(text, script.prefix) == list(range(1, len(word_numbers(text, script.prefix)) + 1)), text
    assert len(steps(answer, script)) >= at_least, answer.versions
    assert not [text for text in answer.versions[:-1] if SOURCES in text]


def check_whole(answers: Answer | Sequence[Answer], script: Script) -> None:
    """Every word is there once and in order, every marker is a link to its source, the footer names what is cited."""
    pages = [answers] if isinstance(answers, Answer) else list(answers)
    words = [number for page in pages for number in word_numbers(page.body, script.prefix)]
    assert words == list(range(1, script.words + 1)), [page.text for page in pages]
    cited = {int(number) for page in pages for number in re.findall(r"\[(\d+)\]", page.body)}
    links = {(int(number), url) for page in pages for number, url in _LINKED.findall(page.body)}
    expected = {(number, script.sources[number - 1].url) for number in cited}
    assert cited
    assert links == expected, pages[-1].text
    assert {(int(number), url) for number, url in _FOOTNOTE.findall(pages[-1].footer)} == expected, pages[-1].footer
    assert not [page for page in pages[:-1] if page.footer]
