"""The store in a database: the same statements for SQLite and PostgreSQL, each promise of the ports in one transaction."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Integer, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from bot.clock import Clock
from bot.model import ClaimedQuestion, Outcome, PastTurn, Progress, Question, TurnState, WrittenPage
from bot.ports import QuestionStore, TurnStore
from storage.addresses import Address, PostgresServer
from storage.engines import for_reading, open_engine
from storage.failures import again_if_lost, in_our_terms
from storage.rows import ended_turn, message_of, waiting_turn
from storage.schema import bring_up_to_date
from storage.tables import claims, conversations, messages, turns
from storage.texts import storable
from storage.waiting import Waiting

T = TypeVar("T")

CLAIMS_LAST = timedelta(hours=24)
_SWEEP_EVERY = 600.0
_SWEEP_AT_MOST = 500
_SETTLE_WITHIN = 3.0

_ALIVE = (TurnState.WAITING.value, TurnState.STREAMING.value)

CONVERSATION_OF_MESSAGE = (
    select(conversations.c.id, conversations.c.key)
    .join(turns, turns.c.conversation_id == conversations.c.id)
    .join(messages, messages.c.turn_id == turns.c.id)
    .where(
        messages.c.platform == bindparam("platform"),
        messages.c.channel == bindparam("channel"),
        messages.c.message == bindparam("message"),
    )
    .limit(1)
)
_CONVERSATION = select(conversations.c.id).where(conversations.c.key == bindparam("key"))
RECENT = (
    select(turns.c.question, turns.c.answer, turns.c.sources)
    .where(
        turns.c.conversation_id == _CONVERSATION.scalar_subquery(),
        turns.c.state.not_in(_ALIVE),
        turns.c.answer != "",
    )
    .order_by(turns.c.id.desc())  # never by time: only the ids are in the index
    .limit(bindparam("limit", type_=Integer()))
)
_LIVE_TURNS = (
    select(turns.c.id)
    .where(turns.c.id.in_(bindparam("numbers", expanding=True)), turns.c.state.in_(_ALIVE))
    .order_by(turns.c.id)
    .with_for_update()
)
_LATEST_CHANGES = select(turns.c.changed_at).order_by(turns.c.id.desc()).limit(100)
_ADD_TURN = insert(turns).returning(turns.c.id)
_UPDATE_TURN = update(turns).where(turns.c.id == bindparam("turn"))
_EXPIRED_CLAIMS = (
    select(claims.c.key)
    .where(claims.c.taken_at <= bindparam("expired"))
    .limit(_SWEEP_AT_MOST)
    .with_for_update(skip_locked=True)
)
_SWEEP = delete(claims).where(claims.c.key.in_(_EXPIRED_CLAIMS))


@asynccontextmanager
async def open_sql(address: Address, clock: Clock, claim_within: float, within: float) -> AsyncGenerator["SqlStorage"]:
    """Connect, migrate, and close at the end; raises as `storage.open_storage`."""
    async with AsyncExitStack() as stack:
        with in_our_terms():
            # a lock is waited for a little shorter than a claim may last, so that the claim fails with the reason
            opening = open_engine(address, lock_within=claim_within * 0.75, connect_within=within)
            engine = await stack.enter_async_context(opening)
            await bring_up_to_date(engine, address, clock)
        waiting = Waiting(interruptible=isinstance(address, PostgresServer))
        stack.push_async_callback(waiting.settle, _SETTLE_WITHIN)
        yield SqlStorage(engine, clock, waiting, claim_within, within)


class SqlStorage(QuestionStore, TurnStore):
    """This is a store in a SQLite file or a PostgreSQL database, whose tables are up to date."""

    def __init__(self, engine: AsyncEngine, clock: Clock, waiting: Waiting, claim_within: float, within: float) -> None:
        self._engine = engine
        self._reading = for_reading(engine)
        self._clock = clock
        self._waiting = waiting
        self._claim_within = claim_within
        self._within = within
        self._sweep_at = clock.now()
        upsert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        claim = upsert(claims)
        self._take_claim = claim.on_conflict_do_update(
            index_elements=[claims.c.key],
            set_={"taken_at": claim.excluded.taken_at},
            where=claims.c.taken_at <= bindparam("expired", type_=claims.c.taken_at.type),
        ).returning(claims.c.key)
        self._add_conversation = upsert(conversations).on_conflict_do_nothing(index_elements=[conversations.c.key])
        message = upsert(messages)
        self._note_message = message.on_conflict_do_update(
            index_elements=[messages.c.platform, messages.c.channel, messages.c.message, messages.c.turn_id],
            set_={"number": message.excluded.number, "sealed": message.excluded.sealed},
            where=or_(messages.c.number != message.excluded.number, messages.c.sealed != message.excluded.sealed),
        )

    @override
    async def claim(self, question: Question) -> ClaimedQuestion | None:
        return await self._wait(self._claim_within, lambda: self._claim(question))

    @override
    async def recent(self, conversation: str, limit: int) -> Sequence[PastTurn]:
        return await self._wait(self._within, lambda: self._recent(conversation, limit)) if limit > 0 else ()

    @override
    async def checkpoint(self, progress: Collection[Progress]) -> None:
        if progress:
            steps = {step.turn: step for step in progress}
            await self._wait(self._within, lambda: self._checkpoint(steps))

    @override
    async def finish(self, outcome: Outcome) -> None:
        await self._wait(self._within, lambda: self._finish(outcome))

    @override
    async def last_change(self) -> datetime | None:
        return await self._wait(self._within, self._last_change)

    async def _wait(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
        with in_our_terms():
            return await self._waiting.wait(again_if_lost(work), seconds)

    async def _claim(self, question: Question) -> ClaimedQuestion | None:
        async with self._transaction() as connection:
            now = self._clock.today()
            if not await self._take(connection, question.claims, now):
                await connection.rollback()
                return None
            conversation_id, conversation = await self._place_in_conversation(connection, question, now)
            row = waiting_turn(question, conversation_id, now)
            number: int = (await connection.execute(_ADD_TURN, row)).scalar_one()
            await self._sweep_now_and_then(connection, now)
        return ClaimedQuestion(number, conversation, question)

    async def _recent(self, conversation: str, limit: int) -> Sequence[PastTurn]:
        async with self._reading.connect() as connection:
            rows = (await connection.execute(RECENT, {"key": conversation, "limit": limit})).all()
        return tuple(PastTurn(row.question, row.answer, row.sources) for row in reversed(rows))

    async def _last_change(self) -> datetime | None:
        async with self._reading.connect() as connection:
            return max((await connection.execute(_LATEST_CHANGES)).scalars(), default=None)

    async def _checkpoint(self, steps: Mapping[int, Progress]) -> None:
        async with self._transaction() as connection:
            alive = set((await connection.execute(_LIVE_TURNS, {"numbers": list(steps)})).scalars())
            steps = {number: step for number, step in steps.items() if number in alive}
            now = self._clock.today()
            rows = [{"turn": step.turn, "answer": step.text, "changed_at": now} for step in steps.values()]
            if rows:
                await connection.execute(_UPDATE_TURN.values(state=TurnState.STREAMING.value), rows)
            await self._note_pages(connection, ((step.turn, page) for step in steps.values() for page in step.pages))

    async def _finish(self, outcome: Outcome) -> None:
        async with self._transaction() as connection:
            ended = await connection.execute(_UPDATE_TURN, ended_turn(outcome, self._clock.today()))
            if ended.rowcount:  # it may have been forgotten meanwhile
                await self._note_pages(connection, ((outcome.turn, page) for page in outcome.pages))

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[AsyncConnection]:
        async with self._engine.begin() as connection:
            self._waiting.stop_if_let_go()
            yield connection
            self._waiting.stop_if_let_go()

    async def _take(self, connection: AsyncConnection, keys: Iterable[str], now: datetime) -> bool:
        """Take all claims or say no; in one order, so that two processes never wait for each other in a ring."""
        for key in sorted({storable(key) for key in keys}):
            row = {"key": key, "taken_at": now, "expired": now - CLAIMS_LAST}
            if (await connection.execute(self._take_claim, row)).first() is None:
                return False
        return True

    async def _place_in_conversation(
        self, connection: AsyncConnection, question: Question, now: datetime
    ) -> tuple[int, str]:
        place = question.place
        if question.replies_to:
            ours = {"platform": place.platform, "channel": place.channel, "message": question.replies_to}
            replied = (await connection.execute(CONVERSATION_OF_MESSAGE, ours)).first()
            if replied is not None:
                return replied.id, replied.key
        row = {
            "key": question.conversation,
            "platform": place.platform,
            "workspace": place.workspace,
            "created_at": now,
        }
        found = (await connection.execute(_CONVERSATION, {"key": question.conversation})).scalar()
        if found is None:
            await connection.execute(self._add_conversation, row)
            found = (await connection.execute(_CONVERSATION, {"key": question.conversation})).scalar_one()
        return found, question.conversation

    async def _note_pages(self, connection: AsyncConnection, pages: Iterable[tuple[int, WrittenPage]]) -> None:
        rows = [message_of(turn, page) for turn, page in pages]
        if rows:
            await connection.execute(self._note_message, rows)

    async def _sweep_now_and_then(self, connection: AsyncConnection, now: datetime) -> None:
        """Remove expired claims, a few at a time; never waits for another process that does the same."""
        if self._clock.now() < self._sweep_at:
            return
        swept = await connection.execute(_SWEEP, {"expired": now - CLAIMS_LAST})
        if swept.rowcount < _SWEEP_AT_MOST:
            self._sweep_at = self._clock.now() + _SWEEP_EVERY
