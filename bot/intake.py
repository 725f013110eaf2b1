"""Takes each question once, keeps those of one conversation in order, and lets nobody wait without a word.

`take` returns when the question is committed to the store, so that a listener may acknowledge; the answer comes by itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from bot.answering import Answer
from bot.clock import Clock
from bot.errors import TakingNoQuestions
from bot.model import ClaimedQuestion, Question
from bot.ports import Observer, QuestionStore
from bot.rendering import wording
from bot.telemetry import QuestionKnown, QuestionTaken

INTERRUPT_SECONDS = 1.5
"""Answers that are still live when draining ends get this long to show their mark."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be asked at a time: characters of a question, questions that wait in a conversation and for the engine."""

    question_characters: int = 8000
    per_conversation: int = 5
    for_engine: int = 100


class Intake:
    """This is the door for questions of all platforms."""

    def __init__(
        self,
        questions: QuestionStore,
        begin: Callable[[ClaimedQuestion], Answer],
        limits: Limits,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._questions = questions
        self._begin = begin
        self._limits = limits
        self._clock = clock
        self._observer = observer
        self._lines: dict[str, deque[Answer]] = {}
        self._answers: set[Answer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def live(self) -> int:
        """How many questions are being answered or wait."""
        return len(self._answers)

    async def take(self, question: Question) -> None:
        """Commit the question as ours and start to answer it; a question that is known already is let go.

        Raises `StoreUnavailable` or `TakingNoQuestions`: it is not ours, let the platform deliver it again.
        """
        if not self._open:
            raise TakingNoQuestions
        claimed = await self._questions.claim(question)
        if claimed is None:
            self._observer.notice(QuestionKnown(question.place.platform))
            return
        answer = self._begin(claimed)
        self._answers.add(answer)
        line = self._lines.get(claimed.conversation)
        ahead = 0 if line is None else len(line)
        self._observer.notice(QuestionTaken(question.place.platform, claimed.turn, ahead))
        refusal = self._refusal(question, ahead)
        if refusal is not None:
            self._start(self._refuse(answer, *refusal))
        elif line is not None:
            line.append(answer)
            answer.waits(ahead)
        else:
            self._lines[claimed.conversation] = deque([answer])
            self._start(self._work(claimed.conversation))

    async def drain(self, seconds: float) -> None:
        """Take nothing more; let live answers finish for `seconds`, then end the rest visibly."""
        self._open = False
        await self._settle(seconds)
        for answer in self._answers:
            answer.interrupt()
        await self._settle(INTERRUPT_SECONDS)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._answers.clear()

    def _refusal(self, question: Question, ahead: int) -> tuple[str, str] | None:
        limits, waiting = self._limits, sum(len(line) for line in self._lines.values())
        if not question.text.strip():
            return (wording.HOW_TO_ASK_AGAIN if question.unreadable else wording.HOW_TO_ASK), "empty"
        if len(question.text) > limits.question_characters:
            return wording.question_is_too_long(len(question.text), limits.question_characters), "too_long"
        if ahead > limits.per_conversation:
            return wording.conversation_is_full(ahead), "conversation_full"
        if waiting > limits.for_engine:
            return wording.engine_is_full(waiting), "engine_full"
        return None

    async def _work(self, conversation: str) -> None:
        """Answer the questions of one conversation, one after the other."""
        line = self._lines[conversation]
        try:
            while line:
                await line[0].run()
                self._answers.discard(line.popleft())
                for ahead, answer in enumerate(line):
                    if ahead:
                        answer.waits(ahead)
        finally:
            del self._lines[conversation]

    async def _refuse(self, answer: Answer, sentence: str, failure: str) -> None:
        await answer.refuse(sentence, failure)
        self._answers.discard(answer)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, seconds: float) -> None:
        """Wait for the running answers, at most so long."""
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        while self._tasks and not timer.done():
            await asyncio.wait({timer, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
