"""The store in a database keeps every promise of a store, on SQLite and on PostgreSQL, across restarts and processes."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from sqlalchemy import Select, text

from bot.model import ClaimedQuestion, Outcome, Place, Progress, Question, Source, TurnState, Usage
from storage.addresses import read_address
from storage.engines import open_engine
from storage.opening import Storage, open_storage
from storage.sql import CONVERSATION_OF_MESSAGE, RECENT
from storage.tables import turns
from tests.contracts.stores import (
    CONVERSATION,
    QUESTION,
    MovableClock,
    StoreContract,
    answered,
    ask,
    claimed,
    page,
    said,
)


@pytest.mark.parametrize("database_url", ["memory", "sqlite", "postgresql"], indirect=True)
class TestSqlStorage(StoreContract):
    @pytest.fixture
    async def store(self, database_url: str, clock: MovableClock) -> AsyncGenerator[Storage]:
        async with open_storage(database_url, clock=clock) as store:
            yield store


async def rows(url: str, statement: Any) -> list[Any]:
    """Look into the tables behind the store's back."""
    async with open_engine(read_address(url), 2, 2) as engine, engine.connect() as connection:
        return list((await connection.execute(text(statement) if isinstance(statement, str) else statement)).all())


async def test_a_restart_forgets_nothing(database_url: str) -> None:
    async with open_storage(database_url) as store:
        first = await claimed(store, ask("q0"))
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "a0", (Source("u"),), pages=(page("m1"),)))
        await claimed(store, ask("q1"))
    async with open_storage(database_url) as store:
        assert said(await store.recent(CONVERSATION, 9)) == [("q0", "a0")]
        assert await store.claim(ask("q1")) is None
        reply = await claimed(store, ask("q2", conversation="elsewhere", replies_to="m1"))
        assert reply.conversation == CONVERSATION
        assert reply.turn > first.turn


async def test_of_two_processes_that_get_the_same_question_exactly_one_takes_it(database_url: str) -> None:
    async with open_storage(database_url) as here, open_storage(database_url) as there:
        for number in range(8):
            question = ask(f"q{number}", f"event-{number}", f"message-{number}")
            turned = replace(question, claims=tuple(reversed(question.claims)))
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(store.claim(asked)) for store, asked in ((here, question), (there, turned))]
            assert [task.result() is None for task in tasks].count(False) == 1
    assert await rows(database_url, "SELECT count(*) FROM turns") == [(8,)]
    assert await rows(database_url, "SELECT count(*) FROM claims") == [(16,)]


async def test_two_processes_that_start_a_conversation_at_once_share_it(database_url: str) -> None:
    async with open_storage(database_url) as here, open_storage(database_url) as there:
        for number in range(5):
            async with asyncio.TaskGroup() as group:
                for name, store in (("here", here), ("there", there)):
                    group.create_task(answered(store, ask(f"{name} {number}", conversation=f"c{number}"), "a"))
            assert len(await here.recent(f"c{number}", 9)) == 2
    assert await rows(database_url, "SELECT count(*) FROM conversations") == [(5,)]


async def test_two_processes_may_checkpoint_the_same_turns_in_any_order(database_url: str) -> None:
    async with open_storage(database_url) as here, open_storage(database_url) as there:
        numbers = [(await claimed(here, ask(f"q{number}"))).turn for number in range(10)]
        steps = [Progress(turn, "text", (page(f"m{turn}"),)) for turn in numbers]
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(here.checkpoint(steps))
                group.create_task(there.checkpoint(steps[::-1]))
    assert await rows(database_url, "SELECT count(*) FROM messages") == [(10,)]


def question_of(row: Any) -> Question:
    """What a later start makes of a waiting turn."""
    place = Place(row.platform, row.workspace, row.channel, row.thread, row.reply_to, row.interaction)
    known = {"place": place, "asker": row.asker, "text": row.question, "asked_at": row.asked_at, "conversation": ""}
    return msgspec.convert(row.circumstances | known, Question)


async def test_a_waiting_turn_holds_its_whole_question(database_url: str) -> None:
    place = Place("discord", "G1", "C1", thread="t", reply_to="m", interaction="i")
    question = Question(
        place=place,
        asker="U1",
        text="why? 東京",
        conversation=CONVERSATION,
        claims=("a", "東京"),
        asked_at=QUESTION.asked_at.replace(microsecond=123456),
        replies_to="m-of-somebody",
        message="m",
        deadline=2.5,
        has_surroundings=True,
        unreadable=True,
    )
    async with open_storage(database_url) as store:
        taken = await store.claim(question)
    (row,) = await rows(database_url, turns.select())
    assert row.state == "waiting"
    assert ClaimedQuestion(row.id, CONVERSATION, replace(question_of(row), conversation=CONVERSATION)) == taken


async def test_a_turn_holds_how_it_ended(database_url: str, clock: MovableClock) -> None:
    async with open_storage(database_url, clock=clock) as store:
        taken = await claimed(store, QUESTION)
        clock.turn(hours=1)
        await store.checkpoint([Progress(taken.turn, "half", (page("m1"),))])
        (row,) = await rows(database_url, turns.select())
        assert (row.state, row.answer, row.changed_at) == ("streaming", "half", clock.today())
        clock.turn(hours=1)
        usage = Usage(12, 3_000_000_000, 0.0061)
        pages = (page("m1", sealed=True), page("m2", 1))
        await store.finish(Outcome(taken.turn, TurnState.FAILED, "half.", (), usage, pages, "EngineSilent"))
    (row,) = await rows(database_url, turns.select())
    assert (row.state, row.answer, row.failure, row.changed_at) == ("failed", "half.", "EngineSilent", clock.today())
    assert (row.input_tokens, row.output_tokens, row.cost) == (12, 3_000_000_000, 0.0061)
    written = "SELECT platform, workspace, channel, thread, message, number, sealed FROM messages ORDER BY number"
    place = ("slack", "T1", "C1", "1700000000.000100")
    assert await rows(database_url, written) == [(*place, "m1", 0, True), (*place, "m2", 1, False)]


async def test_expired_claims_are_swept_now_and_then(database_url: str, clock: MovableClock) -> None:
    async with open_storage(database_url, clock=clock) as store:
        for number in range(3):
            await claimed(store, ask(f"old {number}"))
    clock.turn(hours=12)
    async with open_storage(database_url, clock=clock) as store:
        await claimed(store, ask("younger"))
    clock.turn(hours=12)
    async with open_storage(database_url, clock=clock) as store:
        await claimed(store, ask("new"))
    assert sorted(await rows(database_url, "SELECT key FROM claims")) == [("new",), ("younger",)]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (RECENT, "ix_turns_conversation_id_id"),
        (CONVERSATION_OF_MESSAGE, "uq_messages_platform_channel_message_turn_id"),
    ],
)
async def test_the_past_is_found_by_an_index(database_url: str, statement: Select[Any], index: str) -> None:
    values = {"key": "c", "limit": 20, "platform": "slack", "channel": "C1", "message": "m1"}
    async with open_storage(database_url) as store:
        await answered(store, QUESTION, "a")
    async with open_engine(read_address(database_url), 2, 2) as engine, engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        if engine.dialect.name == "postgresql":  # which would rather read a table of one row
            await connection.execute(text("SET enable_seqscan = off"))
        named = {name: value for name, value in values.items() if name in statement.compile().params}
        sql = statement.params(named).compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
        plan = repr((await connection.execute(text(explain + str(sql)))).all())
    assert index in plan or "sqlite_autoindex_messages_1" in plan  # which is the same one, by SQLite's own name
    assert not any(sorting in plan for sorting in ("Sort", "TEMP B-TREE"))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()
