"""The story of one question: earlier turns, the engine's stream, the growing answer, its footer, the remembered turn.

Reading the engine never waits for the chat: the reader folds events into the answer, and `streaming.delivery` writes.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from bot import history
from bot.checkpoints import Checkpoints
from bot.clock import Clock
from bot.errors import ChatFailed, EngineFailed, FootnoteError, StoreUnavailable
from bot.model import (
    AnswerEvent,
    ClaimedQuestion,
    Finished,
    FinishReason,
    Outcome,
    Progress,
    Prompt,
    RelatedFound,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    TurnState,
    Usage,
    UsageReported,
    Utterance,
)
from bot.ports import AnswerEngine, Observer, TurnStore
from bot.rendering import wording
from bot.rendering.footer import Ending
from bot.rendering.links import host
from bot.rendering.pages import Pages
from bot.streaming.delivery import Delivery
from bot.streaming.live import Delivered, Live, Stopped, Undelivered
from bot.telemetry import AnswerEnded, StoreFailed, Unexpected
from bot.turnstile import Turnstile

RECALLED_TURNS = 50
SURROUNDINGS_SECONDS = 5.0
STORE_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Newsroom:
    """This is everything that all answers share."""

    engine: AnswerEngine
    turns: TurnStore
    checkpoints: Checkpoints
    turnstile: Turnstile
    clock: Clock
    observer: Observer
    history_tokens: int
    operator_instructions: str = ""
    streaming: bool = True
    max_pages: int = 12


@dataclass(slots=True)
class _Heard:
    """What the engine has said, besides the text that is in the pages."""

    sources: tuple[Source, ...] = ()
    related: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    reason: FinishReason | None = None
    failure: EngineFailed | None = None


class Answer:
    """This is one question on its way to being answered; made as soon as it is ours, so that the asker sees a sign at once."""

    def __init__(self, room: Newsroom, asked: ClaimedQuestion, delivery: Delivery) -> None:
        self.asked = asked
        self._room = room
        self._delivery = delivery
        self._heard = _Heard()
        self._pages = Pages(delivery.platform.dialect, urls=_urls(asked.question.text), max_pages=room.max_pages)
        self._interrupted = asyncio.Event()
        self._born = room.clock.now()
        self._live = delivery.open(
            asked.question.place,
            self._pages,
            turn=asked.turn,
            deadline=asked.question.deadline,
            whole=not room.streaming,
            landed=self._landed,
        )

        if room.turnstile.full:
            self.waits(room.turnstile.waiting)

    def waits(self, ahead: int) -> None:
        """So many questions are answered before this one."""
        self._live.says(wording.waiting_for_engine(ahead))

    def interrupt(self) -> None:
        """End here with what there is: the process stops."""
        self._interrupted.set()

    async def run(self) -> None:
        """Answer. Never raises: the outermost guard of a question."""
        try:
            heard = await self._listen()
            await self._end(
                self._ending(heard), self._state(heard), type(heard.failure).__name__ if heard.failure else ""
            )
        except Exception as error:  # noqa: BLE001 - the outermost guard of a question
            self._room.observer.notice(Unexpected("answer", error))
            await self._end(Ending(wording.TURN_LOST, footer=False), TurnState.FAILED, type(error).__name__)

    async def refuse(self, sentence: str, failure: str) -> None:
        """Say one sentence instead of an answer."""
        await self._end(Ending(sentence, footer=False), TurnState.FAILED, failure)

    # reading --------------------------------------------------------------------------------------------------

    async def _listen(self) -> _Heard:
        """Read the engine to its end, or until somebody stops us; a failure comes back as a value."""
        if self._interrupted.is_set() or self._live.stopped.is_set():
            return self._heard  # while it waited for its turn: nobody asks the engine any more
        reader = asyncio.create_task(self._read())
        stops = [asyncio.create_task(event.wait()) for event in (self._live.stopped, self._interrupted)]
        try:
            await asyncio.wait({reader, *stops}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*stops, reader):
                task.cancel()
            await asyncio.wait({reader, *stops})
        if not reader.cancelled():
            reader.result()
        return self._heard

    async def _read(self) -> None:
        prompt = await self._prompt()
        async with self._room.turnstile.turn(self.waits):
            self._live.says(wording.SEARCHING)
            try:
                async with aclosing(self._room.engine.answer(prompt)) as events:
                    async for event in events:
                        self._hear(event)
            except EngineFailed as failure:
                self._heard.failure = failure

    def _hear(self, event: AnswerEvent) -> None:
        heard = self._heard
        match event:
            case TextGrew(text):
                self._live.text_grew(text)
            case SourcesFound(sources):
                heard.sources = sources or heard.sources
                self._live.sources_found(sources)
            case Searching(queries):
                self._live.says(wording.searching(queries))
            case RelatedFound(questions):
                heard.related = questions
            case UsageReported(usage):
                heard.usage = usage
            case Finished(reason):
                heard.reason = reason

    async def _prompt(self) -> Prompt:
        room, question = self._room, self.asked.question
        try:
            turns = await room.turns.recent(self.asked.conversation, RECALLED_TURNS)
        except StoreUnavailable as error:
            room.observer.notice(StoreFailed("recent", error.detail))
            turns = ()
        said = await self._surroundings() if question.has_surroundings and not turns else ()
        return Prompt(
            question=question.text,
            history=history.recall(turns, room.history_tokens),
            surroundings=history.overhear(said, room.history_tokens),
            instructions=history.instructions(room.clock.today(), room.operator_instructions),
        )

    async def _surroundings(self) -> tuple[Utterance, ...]:
        try:
            async with asyncio.timeout(SURROUNDINGS_SECONDS):
                return tuple(await self._delivery.platform.surroundings.before(self.asked.question))
        except (ChatFailed, TimeoutError):
            return ()  # a courtesy: the question stands on its own

    # ending ---------------------------------------------------------------------------------------------------

    def _ending(self, heard: _Heard) -> Ending:
        said = bool(self._pages.text.strip())
        if heard.failure is not None:
            return Ending(wording.failure(heard.failure), footer=said)
        if heard.reason is None:
            return Ending(wording.INTERRUPTED, footer=said)
        if not said:
            return Ending(wording.NOTHING_SAID, footer=False)
        return Ending(wording.CUT_AT_LIMIT if heard.reason is FinishReason.LENGTH else "", heard.related)

    def _state(self, heard: _Heard) -> TurnState:
        if heard.failure is not None:
            return TurnState.FAILED
        return TurnState.DELIVERED if heard.reason is not None else TurnState.INTERRUPTED

    async def _end(self, ending: Ending, state: TurnState, failure: str) -> None:
        spoken_at = self._room.clock.now()
        if not self._live.over:
            self._live.finished(ending)
        match await self._live.result:
            case Delivered():
                pass
            case Stopped():
                state, failure = TurnState.STOPPED, ""
            case Undelivered(error):
                state, failure = TurnState.FAILED, type(error).__name__
                if not isinstance(error, FootnoteError):
                    self._room.observer.notice(Unexpected("delivery", error))
        await self._remember(state, failure)
        self._report(state, failure, spoken_at)

    async def _remember(self, state: TurnState, failure: str) -> None:
        room, heard = self._room, self._heard
        room.checkpoints.ended(self.asked.turn)
        text, pages = self._pages.text, self._live.written
        outcome = Outcome(self.asked.turn, state, text, heard.sources, heard.usage, pages, failure)
        for attempt in range(STORE_RETRIES):
            try:
                await room.turns.finish(outcome)
            except StoreUnavailable as error:
                room.observer.notice(StoreFailed("finish", error.detail))
                await room.clock.sleep(0.2 * 2**attempt)
            else:
                return

    def _landed(self, live: Live) -> None:
        if not live.result.done():  # a link that comes later changes no word of a turn that is stored already
            self._room.checkpoints.landed(Progress(self.asked.turn, self._pages.text, live.written))

    def _report(self, state: TurnState, failure: str, spoken_at: float) -> None:
        now = self._room.clock.now()
        self._room.observer.notice(
            AnswerEnded(
                platform=self._delivery.platform.name,
                turn=self.asked.turn,
                state=state,
                failure=failure,
                seconds=now - self._born,
                final_lag=now - spoken_at,
                pages=len(self._live.written),
                characters=len(self._pages.text),
                usage=self._heard.usage,
            )
        )


def _urls(text: str) -> frozenset[str]:
    """The http(s) addresses that stand in a question, without the marks around them."""
    words = (word.strip("<>()[]{}\"',.;!?") for word in text.split())
    return frozenset(word for word in words if word.startswith(("http://", "https://")) and host(word))
