"""A store that forgets everything at exit: for the terminal, for tests, and as the shortest reading of the stores' promises."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import override

from bot.clock import Clock, SystemClock
from bot.model import ClaimedQuestion, Outcome, PastTurn, Progress, Question, Source, TurnState, WrittenPage
from bot.ports import QuestionStore, TurnStore
from storage.texts import storable, storable_source

CLAIMS_LAST = timedelta(hours=24)

_ALIVE = frozenset({TurnState.WAITING, TurnState.STREAMING})


@dataclass(slots=True)
class _Turn:
    conversation: str
    question: str
    answer: str = ""
    sources: tuple[Source, ...] = ()
    state: TurnState = TurnState.WAITING

    def remembered(self) -> bool:
        return self.state not in _ALIVE and bool(self.answer)


class MemoryStorage(QuestionStore, TurnStore):
    """This is a store in the memory of the process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._taken: dict[str, datetime] = {}
        self._turns: dict[int, _Turn] = {}
        self._by_conversation: dict[str, list[_Turn]] = {}
        self._changed_at: datetime | None = None
        self._conversation_of: dict[tuple[str, str, str], str] = {}

    @override
    async def claim(self, question: Question) -> ClaimedQuestion | None:
        now = self._clock.today()
        self._sweep(now)
        if any(key in self._taken for key in question.claims):
            return None
        self._taken.update(dict.fromkeys(question.claims, now))
        place = question.place
        replied = self._conversation_of.get((place.platform, place.channel, question.replies_to))
        conversation = replied or question.conversation
        turn = _Turn(conversation, storable(question.text))
        number = len(self._turns) + 1
        self._turns[number] = turn
        self._by_conversation.setdefault(conversation, []).append(turn)
        self._changed_at = now
        return ClaimedQuestion(number, conversation, question)

    @override
    async def recent(self, conversation: str, limit: int) -> Sequence[PastTurn]:
        turns = [turn for turn in self._by_conversation.get(conversation, ()) if turn.remembered()]
        newest = turns[-limit:] if limit > 0 else []
        return tuple(PastTurn(turn.question, turn.answer, turn.sources) for turn in newest)

    @override
    async def checkpoint(self, progress: Collection[Progress]) -> None:
        for step in progress:
            turn = self._turns.get(step.turn)
            if turn is not None and turn.state in _ALIVE:
                turn.state, turn.answer = TurnState.STREAMING, storable(step.text)
                self._changed_at = self._clock.today()
                self._note_pages(turn, step.pages)

    @override
    async def finish(self, outcome: Outcome) -> None:
        turn = self._turns.get(outcome.turn)
        if turn is not None:
            turn.state, turn.answer = outcome.state, storable(outcome.text)
            self._changed_at = self._clock.today()
            turn.sources = tuple(map(storable_source, outcome.sources))
            self._note_pages(turn, outcome.pages)

    @override
    async def last_change(self) -> datetime | None:
        return self._changed_at

    def _note_pages(self, turn: _Turn, pages: Sequence[WrittenPage]) -> None:
        for page in pages:
            place = page.message.place
            self._conversation_of[place.platform, place.channel, page.message.id] = turn.conversation

    def _sweep(self, now: datetime) -> None:
        for key, taken_at in tuple(self._taken.items()):
            if taken_at > now - CLAIMS_LAST:
                return  # they are in the order in which they were taken
            del self._taken[key]
