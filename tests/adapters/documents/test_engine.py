"""The engine as the core sees it: events, pace, follow-up questions, and errors in our own terms."""

import logging
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from adapters.documents.engine import connect
from adapters.documents.settings import DocumentsSettings, read
from bot.clock import Clock
from bot.config import Reader
from bot.errors import EngineBroken
from bot.model import (
    AnswerEvent,
    Finished,
    PastTurn,
    Prompt,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    Usage,
    UsageReported,
)
from bot.ports import AnswerEngine
from tests.contracts.answer_engine import AnswerEngineContract


class SteppingClock(Clock):
    """A clock that stands still except in `sleep`, and remembers every sleep."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    @override
    def now(self) -> float:
        return self.time

    @override
    def today(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class TestDocumentsEngine(AnswerEngineContract):
    question_with_answer = "How do I connect Slack?"

    @pytest.fixture
    async def engine(self, folder: Path) -> AsyncGenerator[AnswerEngine]:
        async with connect(DocumentsSettings(folder), SteppingClock()) as engine:
            yield engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slack.md").write_text("# Slack\n\nConnect it with a token.\n\n## Invite\n\nType `/invite`.\n")
    (tmp_path / "discord.md").write_text("# Discord\n\nAsk with `/ask`.\n")
    return tmp_path


async def answer(folder: Path, prompt: Prompt, clock: Clock | None = None, rate: float = 0.0) -> list[AnswerEvent]:
    settings = DocumentsSettings(folder, words_per_second=rate)
    async with connect(settings, clock or SteppingClock()) as engine:
        return [event async for event in engine.answer(prompt)]


def text_of(events: list[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextGrew))


async def test_an_answer_names_its_sources_before_it_quotes_and_ends_properly(folder: Path) -> None:
    events = await answer(folder, Prompt("How do I connect the bot to Slack?"))
    assert events[0] == Searching(("connect bot Slack",))
    assert events[1] == SourcesFound((Source("slack.md", "Slack"),))
    assert all(isinstance(event, TextGrew) for event in events[2:-2])
    assert events[-2:] == [UsageReported(Usage(cost=0.0)), Finished()]
    assert text_of(events) == ("**Slack** [1]\n\nConnect it with a token.\n\nThe documents do not mention `bot`.")


async def test_the_text_grows_word_by_word_at_the_pace_asked_for(folder: Path) -> None:
    clock = SteppingClock()
    events = await answer(folder, Prompt("discord"), clock, rate=10.0)
    pieces = [event.text for event in events if isinstance(event, TextGrew)]
    assert pieces == ["**Discord** ", "[1]\n\n", "Ask ", "with ", "`/ask`."]
    assert clock.slept == pytest.approx([0.1] * 4)


async def test_without_streaming_nothing_is_waited_for(folder: Path) -> None:
    clock = SteppingClock()
    async with connect(DocumentsSettings(folder, words_per_second=1.0), clock, streaming=False) as engine:
        assert "Ask with `/ask`." in text_of([event async for event in engine.answer(Prompt("discord"))])
    assert clock.slept == []


async def test_a_slow_reader_delays_no_later_word(folder: Path) -> None:
    clock = SteppingClock()
    async with connect(DocumentsSettings(folder, words_per_second=10.0), clock) as engine:
        async for event in engine.answer(Prompt("discord")):
            if isinstance(event, TextGrew):
                clock.time += 1.0
    assert clock.slept == []


async def test_nothing_found_is_said_without_sources(folder: Path) -> None:
    events = await answer(folder, Prompt("the weather in Lisbon"))
    assert not any(isinstance(event, SourcesFound) for event in events)
    assert text_of(events).startswith("I found nothing in the documents. I looked for `weather`, `Lisbon`.")
    assert "- Discord\n- Slack" in text_of(events)
    assert events[-1] == Finished()


async def test_a_follow_up_that_finds_nothing_alone_is_read_with_the_question_before(folder: Path) -> None:
    earlier = PastTurn("How do I connect Slack?", "…")
    assert text_of(await answer(folder, Prompt("and then?", (earlier,)))).startswith("**Slack** [1]")
    assert text_of(await answer(folder, Prompt("and then?"))).startswith("Ask me about the documents.")


async def test_a_follow_up_with_words_of_its_own_is_read_alone(folder: Path) -> None:
    earlier = PastTurn("How do I connect Slack?", "…")
    events = await answer(folder, Prompt("What about Discord?", (earlier,)))
    assert text_of(events) == "**Discord** [1]\n\nAsk with `/ask`."


async def test_a_follow_up_about_something_unknown_is_not_answered_with_the_question_before(folder: Path) -> None:
    earlier = PastTurn("How do I connect Slack?", "…")
    events = await answer(folder, Prompt("And in Lisbon?", (earlier,)))
    assert text_of(events).startswith("I found nothing in the documents. I looked for `Lisbon`.")


async def test_a_follow_up_goes_back_to_the_last_question_that_said_something(folder: Path) -> None:
    history = (PastTurn("How do I connect Slack?", "…"), PastTurn("and then?", "…"))
    assert text_of(await answer(folder, Prompt("why?", history))).startswith("**Slack** [1]")


async def test_pages_changed_between_two_questions_are_read_anew(folder: Path) -> None:
    async with connect(DocumentsSettings(folder, words_per_second=0.0), SteppingClock()) as engine:
        (folder / "discord.md").write_text("# Discord\n\nAbout lighthouses.\n")
        events = [event async for event in engine.answer(Prompt("lighthouses"))]
    assert "About lighthouses." in text_of(events)


async def test_an_empty_folder_is_answered_honestly(tmp_path: Path) -> None:
    assert "The folder is empty" in text_of(await answer(tmp_path / "missing", Prompt("anything")))


async def test_skipped_documents_are_counted_in_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "broken.md").write_bytes(b"\x00")
    with caplog.at_level(logging.INFO):
        await answer(folder, Prompt("discord"))
    assert caplog.messages == [
        f"documents in {folder}: 2 pages, 2 read, 0 gone, 1 skipped",
        "document skipped: broken.md is not a text file",
    ]


async def test_a_broken_index_is_a_failure_of_the_engine(folder: Path) -> None:
    async with connect(DocumentsSettings(folder), SteppingClock()) as engine:
        pass
    with pytest.raises(EngineBroken):
        _ = [event async for event in engine.answer(Prompt("discord"))]


async def test_an_answer_can_be_left_in_the_middle(folder: Path) -> None:
    async with connect(DocumentsSettings(folder), SteppingClock()) as engine:
        stream = engine.answer(Prompt("discord"))
        assert await anext(stream)
        await stream.aclose()


def settings_from(**env: str) -> tuple[DocumentsSettings, list[str]]:
    reader = Reader(env, lambda _: "")
    return read(reader), reader.problems


def test_without_settings_the_project_answers_from_its_own_pages() -> None:
    settings, problems = settings_from()
    assert problems == []
    assert settings.directory == Path(__file__).resolve().parents[3] / "docs"
    assert (settings.base_url, settings.passages, settings.words_per_second) == ("", 3, 60.0)


def test_settings_are_read(tmp_path: Path) -> None:
    settings, problems = settings_from(
        DOCUMENTS_DIR=str(tmp_path),
        DOCUMENTS_BASE_URL="https://docs.example.org/",
        DOCUMENTS_PASSAGES="5",
        DOCUMENTS_WORDS_PER_SECOND="0",
    )
    assert problems == []
    assert settings == DocumentsSettings(tmp_path, "https://docs.example.org", 5, 0.0)


def test_all_wrong_settings_are_named() -> None:
    _, problems = settings_from(
        DOCUMENTS_DIR="/no/such/folder",
        DOCUMENTS_BASE_URL="docs",
        DOCUMENTS_PASSAGES="0",
        DOCUMENTS_WORDS_PER_SECOND="x",
    )
    assert [problem.split()[0] for problem in problems] == [
        "DOCUMENTS_DIR",
        "DOCUMENTS_BASE_URL",
        "DOCUMENTS_PASSAGES",
        "DOCUMENTS_WORDS_PER_SECOND",
    ]
