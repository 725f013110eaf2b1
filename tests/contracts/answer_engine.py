"""What every answer engine promises, said as tests. An engine subclasses `AnswerEngineContract` and provides the fixture `engine`.

The tests speak through the port alone; `question_with_answer` is a question to which the engine has sources.
"""

import asyncio
import re
from typing import ClassVar

import pytest

from bot.model import (
    AnswerEvent,
    Finished,
    PastTurn,
    Prompt,
    Source,
    SourcesFound,
    TextGrew,
    Utterance,
)
from bot.ports import AnswerEngine


async def events_of(engine: AnswerEngine, prompt: Prompt) -> list[AnswerEvent]:
    """Everything that an engine says to a prompt."""
    return [event async for event in engine.answer(prompt)]


def text_of(events: list[AnswerEvent]) -> str:
    """The whole answer."""
    return "".join(event.text for event in events if isinstance(event, TextGrew))


def sources_of(events: list[AnswerEvent]) -> tuple[Source, ...]:
    """The sources as known at the end."""
    return ([(), *(event.sources for event in events if isinstance(event, SourcesFound))])[-1]


class AnswerEngineContract:
    """These are the promises of `AnswerEngine`."""

    question_with_answer: ClassVar[str]

    async def test_it_says_something_and_ends_with_finished(self, engine: AnswerEngine) -> None:
        events = await events_of(engine, Prompt(self.question_with_answer))
        assert text_of(events).strip()
        assert isinstance(events[-1], Finished)
        assert sum(isinstance(event, Finished) for event in events) == 1

    async def test_no_text_grows_by_nothing(self, engine: AnswerEngine) -> None:
        events = await events_of(engine, Prompt(self.question_with_answer))
        assert all(event.text for event in events if isinstance(event, TextGrew))

    async def test_the_sources_are_known_by_the_end_and_every_marker_has_one(self, engine: AnswerEngine) -> None:
        events = await events_of(engine, Prompt(self.question_with_answer))
        sources = sources_of(events)
        numbers = {int(number) for number in re.findall(r"\[(\d+)\]", text_of(events))}
        assert sources
        assert numbers <= set(range(1, len(sources) + 1))
        assert numbers

    async def test_closing_it_in_the_middle_ends_it(self, engine: AnswerEngine) -> None:
        answer = engine.answer(Prompt(self.question_with_answer))
        async for event in answer:
            if isinstance(event, TextGrew):
                break
        await answer.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(answer)

    async def test_it_answers_as_before_after_one_answer_was_closed(self, engine: AnswerEngine) -> None:
        prompt = Prompt(self.question_with_answer)
        before = text_of(await events_of(engine, prompt))
        answer = engine.answer(prompt)
        await anext(answer)
        await answer.aclose()
        assert text_of(await events_of(engine, prompt)) == before

    async def test_two_answers_at_once_do_not_mix(self, engine: AnswerEngine) -> None:
        prompt = Prompt(self.question_with_answer)
        alone = text_of(await events_of(engine, prompt))
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(events_of(engine, prompt)) for _ in range(2)]
        assert [text_of(task.result()) for task in both] == [alone, alone]

    async def test_it_takes_all_that_may_go_before_a_question(self, engine: AnswerEngine) -> None:
        prompt = Prompt(
            self.question_with_answer,
            history=(
                PastTurn(self.question_with_answer, "It says so.[1]", (Source("https://source.example/"),)),
                PastTurn("And then?", ""),
            ),
            surroundings=(Utterance("somebody", "Has anyone\nread this?"), Utterance("Footnote", "Not yet.", bot=True)),
            instructions="Answer in one sentence.",
        )
        assert isinstance((await events_of(engine, prompt))[-1], Finished)
