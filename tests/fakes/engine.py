"""An engine that says what it was told to say, at the pace it was told."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from bot.clock import Clock
from bot.errors import EngineFailed
from bot.model import AnswerEvent, Finished, Prompt, Source, SourcesFound, TextGrew
from bot.ports import AnswerEngine

Beat = AnswerEvent | EngineFailed | float
"""An event, a failure to raise, or seconds to pass."""


def words(count: int, per_second: float, *, first: float = 0.8, sources: Sequence[Source] = ()) -> list[Beat]:
    """A script of numbered words `w1 w2 ...`."""
    script: list[Beat] = [first]
    if sources:
        script.append(SourcesFound(tuple(sources)))
    for number in range(1, count + 1):
        script += [TextGrew(f"w{number} "), 1 / per_second]
    return [*script[:-1], Finished()]


@dataclass(slots=True)
class FakeEngine(AnswerEngine):
    """Answers each question with the next script (the last one again and again) and remembers the prompts."""

    clock: Clock
    scripts: list[list[Beat]]
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    closed: int = 0
    said: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    @override
    async def answer(self, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
        self.prompts.append(prompt)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        try:
            for beat in script:
                if isinstance(beat, float | int):
                    await self.clock.sleep(beat)
                elif isinstance(beat, EngineFailed):
                    raise beat
                else:
                    if isinstance(beat, TextGrew):
                        self.said.append((self.clock.now(), beat.text))
                    yield beat
        finally:
            self.closed += 1
