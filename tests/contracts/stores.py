"""What every store promises, said as tests. A store subclasses `StoreContract` and provides the fixture `store`.

The tests speak through the ports alone: what a reader of `bot/ports.py` may expect, whatever is underneath.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from bot.clock import SystemClock
from bot.model import (
    ClaimedQuestion,
    MessageRef,
    Outcome,
    PastTurn,
    Place,
    Progress,
    Question,
    Source,
    TurnState,
    Usage,
    WrittenPage,
)
from storage.opening import Storage

THREAD = Place("slack", "T1", "C1", thread="1700000000.000100")
CONVERSATION = "slack:T1:C1:1700000000.000100"
QUESTION = Question(
    place=THREAD,
    asker="U1",
    text="Why is the sky blue?",
    conversation=CONVERSATION,
    claims=("slack:T1:C1:1700000000.000100",),
    asked_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
)
ENDS = (TurnState.DELIVERED, TurnState.STOPPED, TurnState.INTERRUPTED, TurnState.FAILED)


class MovableClock(SystemClock):
    """The machine's clock, but the calendar can be turned."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    @override
    def today(self) -> datetime:
        return self.wall

    def turn(self, *, hours: float = 0, seconds: float = 0) -> None:
        self.wall += timedelta(hours=hours, seconds=seconds)


def ask(text: str, *claims: str, conversation: str = CONVERSATION, replies_to: str = "") -> Question:
    """A question in the thread of these tests; its text is its claim, unless others are given."""
    return replace(QUESTION, text=text, claims=claims or (text,), conversation=conversation, replies_to=replies_to)


def page(message: str, number: int = 0, *, sealed: bool = False, place: Place = THREAD) -> WrittenPage:
    return WrittenPage(MessageRef(place, message), number, sealed)


async def claimed(store: Storage, question: Question) -> ClaimedQuestion:
    taken = await store.claim(question)
    assert taken is not None
    return taken


async def answered(store: Storage, question: Question, answer: str) -> ClaimedQuestion:
    taken = await claimed(store, question)
    await store.finish(Outcome(taken.turn, TurnState.DELIVERED, answer))
    return taken


def said(turns: Sequence[PastTurn]) -> list[tuple[str, str]]:
    return [(turn.question, turn.answer) for turn in turns]


class QuestionStoreContract:
    """Each question is taken exactly once."""

    async def test_a_question_is_taken_once(self, store: Storage) -> None:
        taken = await store.claim(QUESTION)
        assert taken is not None
        assert (taken.conversation, taken.question) == (CONVERSATION, QUESTION)
        assert await store.claim(QUESTION) is None

    async def test_one_shared_claim_is_enough_to_be_the_same_question(self, store: Storage) -> None:
        await claimed(store, ask("mention", "event-1", "message-1"))
        assert await store.claim(ask("mention", "event-2", "message-1")) is None

    async def test_a_refused_question_leaves_no_claims_and_no_turn_behind(self, store: Storage) -> None:
        await claimed(store, ask("mention", "message-1"))
        assert await store.claim(ask("again", "a-free-key", "message-1", "z-free-key")) is None
        first = await claimed(store, ask("another", "a-free-key"))
        second = await claimed(store, ask("yet another", "z-free-key"))
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "one"))
        await store.finish(Outcome(second.turn, TurnState.DELIVERED, "two"))
        assert said(await store.recent(CONVERSATION, 9)) == [("another", "one"), ("yet another", "two")]

    async def test_a_claim_named_twice_does_not_stand_in_its_own_way(self, store: Storage) -> None:
        await claimed(store, ask("mention", "message-1", "message-1"))

    async def test_a_question_without_claims_is_always_new(self, store: Storage) -> None:
        question = replace(QUESTION, claims=())
        assert (await claimed(store, question)).turn != (await claimed(store, question)).turn

    async def test_a_claim_holds_for_24_hours_and_no_longer(self, store: Storage, clock: MovableClock) -> None:
        await claimed(store, QUESTION)
        clock.turn(hours=24, seconds=-1)
        assert await store.claim(QUESTION) is None
        clock.turn(seconds=1)
        assert await store.claim(QUESTION) is not None

    async def test_a_claim_that_was_taken_again_holds_for_another_24_hours(
        self, store: Storage, clock: MovableClock
    ) -> None:
        await claimed(store, QUESTION)
        clock.turn(hours=24)
        await claimed(store, QUESTION)
        clock.turn(hours=23)
        assert await store.claim(QUESTION) is None

    async def test_a_refused_delivery_does_not_prolong_the_claim(self, store: Storage, clock: MovableClock) -> None:
        await claimed(store, QUESTION)
        clock.turn(hours=23)
        assert await store.claim(QUESTION) is None
        clock.turn(hours=1)
        assert await store.claim(QUESTION) is not None

    async def test_of_many_deliveries_at_once_exactly_one_is_taken(self, store: Storage) -> None:
        async with asyncio.TaskGroup() as group:
            deliveries = [group.create_task(store.claim(ask("q", f"event-{n}", "message"))) for n in range(20)]
        assert len([task for task in deliveries if task.result() is not None]) == 1

    async def test_different_questions_at_once_are_all_taken(self, store: Storage) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.claim(ask(f"q{n}"))) for n in range(30)]
        turns = {taken.turn for task in tasks if (taken := task.result()) is not None}
        assert len(turns) == 30


class RepliesContract:
    """A reply to a message of ours goes on with the conversation of that message."""

    async def test_a_reply_to_our_message_continues_its_conversation(self, store: Storage) -> None:
        first = await claimed(store, ask("first"))
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "answer", pages=(page("m1"), page("m2", 1))))
        for message in ("m1", "m2"):
            reply = await claimed(store, ask(f"to {message}", conversation="elsewhere", replies_to=message))
            assert reply.conversation == CONVERSATION

    async def test_a_message_counts_as_ours_as_soon_as_it_is_checkpointed(self, store: Storage) -> None:
        first = await claimed(store, ask("first"))
        await store.checkpoint([Progress(first.turn, "ans", (page("m1"),))])
        reply = await claimed(store, ask("second", conversation="elsewhere", replies_to="m1"))
        assert reply.conversation == CONVERSATION

    async def test_a_page_that_was_posted_anew_can_be_replied_to_by_either_message(self, store: Storage) -> None:
        first = await claimed(store, ask("first"))
        await store.checkpoint([Progress(first.turn, "ans", (page("m1"),))])
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "answer", pages=(page("m1-anew"),)))
        for message in ("m1", "m1-anew"):
            reply = await claimed(store, ask(f"to {message}", conversation="elsewhere", replies_to=message))
            assert reply.conversation == CONVERSATION

    async def test_a_reply_to_a_reply_stays_in_the_first_conversation(self, store: Storage) -> None:
        first = await claimed(store, ask("first"))
        await store.checkpoint([Progress(first.turn, "a", (page("m1"),))])
        second = await claimed(store, ask("second", conversation="elsewhere", replies_to="m1"))
        await store.checkpoint([Progress(second.turn, "b", (page("m2"),))])
        third = await claimed(store, ask("third", conversation="somewhere", replies_to="m2"))
        assert third.conversation == CONVERSATION

    async def test_a_reply_to_somebody_else_stays_in_its_own_conversation(self, store: Storage) -> None:
        reply = await claimed(store, ask("second", conversation="mine", replies_to="m-of-a-person"))
        assert reply.conversation == "mine"

    async def test_the_same_message_id_in_another_channel_or_platform_is_not_ours(self, store: Storage) -> None:
        first = await claimed(store, ask("first"))
        await store.checkpoint([Progress(first.turn, "ans", (page("m1"),))])
        for place in (replace(THREAD, channel="C2"), replace(THREAD, platform="discord")):
            question = ask(f"in {place.channel} {place.platform}", conversation="mine", replies_to="m1")
            assert (await claimed(store, replace(question, place=place))).conversation == "mine"

    async def test_a_reply_after_a_reply_is_remembered_with_it(self, store: Storage) -> None:
        first = await claimed(store, ask("first"))
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "one", pages=(page("m1"),)))
        await answered(store, ask("second", conversation="elsewhere", replies_to="m1"), "two")
        assert said(await store.recent(CONVERSATION, 9)) == [("first", "one"), ("second", "two")]
        assert said(await store.recent("elsewhere", 9)) == []


class TurnStoreContract:
    """What was answered is remembered, in the conversation it belongs to."""

    async def test_a_conversation_nobody_knows_has_no_turns(self, store: Storage) -> None:
        assert said(await store.recent("never heard of", 9)) == []

    async def test_it_knows_when_something_last_changed(self, store: Storage) -> None:
        assert await store.last_change() is None
        first = await claimed(store, ask("first"))
        before = await store.last_change()
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "answer"))
        after = await store.last_change()
        assert before is not None
        assert after is not None
        assert before <= after

    async def test_turns_come_oldest_first(self, store: Storage) -> None:
        for number in range(3):
            await answered(store, ask(f"q{number}"), f"a{number}")
        assert said(await store.recent(CONVERSATION, 9)) == [("q0", "a0"), ("q1", "a1"), ("q2", "a2")]

    async def test_only_the_newest_turns_are_given(self, store: Storage) -> None:
        for number in range(5):
            await answered(store, ask(f"q{number}"), f"a{number}")
        assert said(await store.recent(CONVERSATION, 2)) == [("q3", "a3"), ("q4", "a4")]
        assert said(await store.recent(CONVERSATION, 0)) == []

    async def test_turns_are_in_the_order_of_the_questions_not_of_the_answers(self, store: Storage) -> None:
        first = await claimed(store, ask("q0"))
        await answered(store, ask("q1"), "a1")
        await store.finish(Outcome(first.turn, TurnState.DELIVERED, "a0"))
        assert said(await store.recent(CONVERSATION, 9)) == [("q0", "a0"), ("q1", "a1")]

    async def test_conversations_never_see_each_other(self, store: Storage) -> None:
        await answered(store, ask("mine", conversation="c1"), "for me")
        await answered(store, ask("yours", conversation="c10"), "for you")
        assert said(await store.recent("c1", 9)) == [("mine", "for me")]
        assert said(await store.recent("c10", 9)) == [("yours", "for you")]
        assert (
            said(await store.recent("C1", 9))
            == said(await store.recent("c%", 9))
            == said(await store.recent("", 9))
            == []
        )

    async def test_a_turn_that_waits_or_streams_is_not_part_of_the_past(self, store: Storage) -> None:
        await claimed(store, ask("waiting"))
        live = await claimed(store, ask("streaming"))
        await store.checkpoint([Progress(live.turn, "half an ans")])
        assert said(await store.recent(CONVERSATION, 9)) == []

    @pytest.mark.parametrize("state", ENDS)
    async def test_what_was_said_counts_however_the_turn_ended(self, store: Storage, state: TurnState) -> None:
        taken = await claimed(store, QUESTION)
        await store.finish(Outcome(taken.turn, state, "as far as it came", failure="EngineCutOff"))
        assert said(await store.recent(CONVERSATION, 9)) == [(QUESTION.text, "as far as it came")]

    @pytest.mark.parametrize("state", ENDS)
    async def test_a_turn_without_an_answer_is_left_out(self, store: Storage, state: TurnState) -> None:
        taken = await claimed(store, QUESTION)
        await store.finish(Outcome(taken.turn, state, "", failure="EngineUnpaid"))
        assert said(await store.recent(CONVERSATION, 9)) == []

    async def test_turns_without_an_answer_do_not_use_up_the_limit(self, store: Storage) -> None:
        await answered(store, ask("q0"), "a0")
        for number in range(1, 4):
            taken = await claimed(store, ask(f"q{number}"))
            await store.finish(Outcome(taken.turn, TurnState.FAILED, ""))
        assert said(await store.recent(CONVERSATION, 1)) == [("q0", "a0")]

    async def test_sources_are_kept_in_order_with_all_that_is_known_of_them(self, store: Storage) -> None:
        sources = (Source("https://b.example/?q=ü&x", "Zwei", "2026-01-02"), Source("https://a.example/"))
        taken = await claimed(store, QUESTION)
        usage = Usage(input_tokens=10, output_tokens=3_000_000_000, cost=0.0061)
        await store.finish(Outcome(taken.turn, TurnState.DELIVERED, "answer [1]", sources, usage))
        assert tuple(await store.recent(CONVERSATION, 9)) == (PastTurn(QUESTION.text, "answer [1]", sources),)

    async def test_the_end_overwrites_what_was_checkpointed(self, store: Storage) -> None:
        taken = await claimed(store, QUESTION)
        await store.checkpoint([Progress(taken.turn, "The sk", (page("m1"),))])
        await store.finish(Outcome(taken.turn, TurnState.DELIVERED, "The sky.", pages=(page("m1", sealed=True),)))
        assert said(await store.recent(CONVERSATION, 9)) == [(QUESTION.text, "The sky.")]

    async def test_a_checkpoint_that_comes_late_does_not_undo_the_end(self, store: Storage) -> None:
        taken = await answered(store, QUESTION, "The sky.")
        await store.checkpoint([Progress(taken.turn, "The sk", (page("m1"),))])
        assert said(await store.recent(CONVERSATION, 9)) == [(QUESTION.text, "The sky.")]

    async def test_a_checkpoint_carries_many_turns_and_a_repeated_one_is_harmless(self, store: Storage) -> None:
        turns = [(await claimed(store, ask(f"q{number}"))).turn for number in range(12)]
        for length in (1, 2, 2):
            await store.checkpoint([Progress(turn, "x" * length, (page(f"m{turn}"),)) for turn in turns])
        for turn in turns:
            await store.finish(Outcome(turn, TurnState.STOPPED, "xxx", pages=(page(f"m{turn}"),)))
        assert [answer for _, answer in said(await store.recent(CONVERSATION, 50))] == ["xxx"] * 12

    async def test_an_empty_checkpoint_is_nothing(self, store: Storage) -> None:
        await store.checkpoint([])

    async def test_a_turn_that_nobody_knows_is_passed_over(self, store: Storage) -> None:
        known = await claimed(store, QUESTION)
        await store.checkpoint(
            [Progress(known.turn + 99, "?", (page("m9"),)), Progress(known.turn, "half", (page("m1"),))]
        )
        await store.finish(Outcome(known.turn + 99, TurnState.DELIVERED, "?", pages=(page("m9"),)))
        await store.finish(Outcome(known.turn, TurnState.DELIVERED, "whole"))
        assert said(await store.recent(CONVERSATION, 9)) == [(QUESTION.text, "whole")]
        reply = await claimed(store, ask("reply", conversation="elsewhere", replies_to="m1"))
        assert reply.conversation == CONVERSATION

    async def test_many_conversations_at_once_stay_apart(self, store: Storage) -> None:
        async def talk(name: str) -> None:
            for turn in range(3):
                await answered(store, ask(f"{name} q{turn}", conversation=name), f"{name} a{turn}")

        names = [f"c{number}" for number in range(15)]
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(talk(name))
        for name in names:
            assert said(await store.recent(name, 9)) == [(f"{name} q{turn}", f"{name} a{turn}") for turn in range(3)]


class TextContract:
    """Whatever people and engines write comes back as it was, but for characters that no database takes."""

    @pytest.mark.parametrize(
        "text",
        [
            "naïve café, 東京, مرحبا, שלום, 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "'; DROP TABLE turns; -- \" ` \\ %s %(x)s :x ? {} $1",
            "  blanks\tand\r\nlines\n\n ",
            "\x01\x1b[31m\x7f\u200b\u202e\ufeff\uffff\U0010ffff",
            "[1] <@U1> {{x}} \\u0000",
        ],
    )
    async def test_texts_come_back_as_they_were(self, store: Storage, text: str) -> None:
        taken = await claimed(store, ask(text, conversation=text))
        await store.checkpoint([Progress(taken.turn, text)])
        await store.finish(Outcome(taken.turn, TurnState.DELIVERED, text, (Source(text, text, text),), failure=text))
        assert tuple(await store.recent(text, 9)) == (PastTurn(text, text, (Source(text, text, text),)),)

    async def test_very_long_texts_come_back_whole(self, store: Storage) -> None:
        question, answer = "why? " * 40_000, "because 東京 " * 200_000
        await answered(store, replace(QUESTION, text=question), answer)
        (turn,) = await store.recent(CONVERSATION, 9)
        assert turn.question == question
        assert turn.answer == answer

    async def test_null_characters_are_dropped(self, store: Storage) -> None:
        taken = await claimed(store, replace(QUESTION, text="a\x00b"))
        await store.checkpoint([Progress(taken.turn, "c\x00d")])
        await store.finish(Outcome(taken.turn, TurnState.DELIVERED, "\x00c\x00d\x00", (Source("u\x00", "t\x00"),)))
        assert tuple(await store.recent(CONVERSATION, 9)) == (PastTurn("ab", "cd", (Source("u", "t"),)),)

    async def test_broken_surrogates_are_mended_or_replaced(self, store: Storage) -> None:
        taken = await claimed(store, replace(QUESTION, text="\ud83d\ude00 \ud83d"))
        await store.finish(Outcome(taken.turn, TurnState.DELIVERED, "\ude00!", (Source("u", "\ud83d"),)))
        expected = PastTurn("😀 \ufffd", "\ufffd!", (Source("u", "\ufffd"),))
        assert tuple(await store.recent(CONVERSATION, 9)) == (expected,)

    async def test_claims_with_odd_characters_are_claims(self, store: Storage) -> None:
        question = replace(QUESTION, claims=("東京\x00\ud83d", "'"))
        assert await store.claim(question) is not None
        assert await store.claim(question) is None


class StoreContract(QuestionStoreContract, RepliesContract, TurnStoreContract, TextContract):
    """All that a store promises."""

    @pytest.fixture
    def clock(self) -> MovableClock:
        return MovableClock()
