"""When progress is written down: new messages at once, grown texts once a second, everything in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from typing_extensions import override

from bot.checkpoints import Checkpoints
from bot.errors import StoreUnavailable
from bot.model import MessageRef, Outcome, PastTurn, Place, Progress, WrittenPage
from bot.ports import Observer, TurnStore
from bot.telemetry import StoreFailed
from tests.fakes.clock import FakeClock, in_virtual_time

PLACE = Place("fake", "team", "general")


class Notebook(TurnStore, Observer):
    """A store and an observer that remember what they were told and when; writing takes `seconds`."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.broken = False
        self.written: list[tuple[float, dict[int, str]]] = []
        self.noticed: list[object] = []

    @override
    async def recent(self, conversation: str, limit: int) -> Sequence[PastTurn]:
        return ()

    @override
    async def checkpoint(self, progress: Collection[Progress]) -> None:
        texts = {each.turn: each.text for each in progress}
        await self.clock.sleep(self.seconds)
        if self.broken:
            raise StoreUnavailable("locked")
        self.written.append((round(self.clock.now(), 2), texts))

    @override
    async def finish(self, outcome: Outcome) -> None:
        pass

    @override
    async def last_change(self) -> datetime | None:
        return None

    @override
    def notice(self, event: object) -> None:
        self.noticed.append(event)


def progress(turn: int, text: str, pages: int = 1) -> Progress:
    return Progress(turn, text, tuple(WrittenPage(MessageRef(PLACE, f"m{each}"), each) for each in range(pages)))


Story = Callable[[Checkpoints, Notebook], Awaitable[None]]


def tell(story: Story) -> Notebook:
    async def whole() -> Notebook:
        clock = FakeClock()
        notebook = Notebook(clock)
        checkpoints = Checkpoints(notebook, clock, notebook)
        running = asyncio.create_task(checkpoints.run())
        await story(checkpoints, notebook)
        checkpoints.close()
        await running
        return notebook

    return in_virtual_time(whole())


def test_a_new_message_is_written_down_at_once() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        await notebook.clock.sleep(5.0)
        checkpoints.landed(progress(1, "a"))
        await notebook.clock.sleep(0.1)
        checkpoints.landed(progress(1, "a b", pages=2))
        await notebook.clock.sleep(0.1)

    assert tell(story).written == [(5.0, {1: "a"}), (5.1, {1: "a b"})]


def test_a_text_that_grows_is_written_down_once_a_second() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        for number in range(25):
            checkpoints.landed(progress(1, f"w{number}"))
            await notebook.clock.sleep(0.1)

    written = tell(story).written
    assert [at for at, _ in written] == [0.0, 1.0, 2.0, 2.5]
    assert written[-1] == (2.5, {1: "w24"})


def test_a_text_that_grows_once_more_after_a_pause_is_written_down_too() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        checkpoints.landed(progress(1, "a"))
        await notebook.clock.sleep(10.0)
        checkpoints.landed(progress(1, "a b"))
        await notebook.clock.sleep(3.0)
        assert notebook.written[-1][1] == {1: "a b"}

    tell(story)


def test_all_live_answers_are_written_down_together() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        for turn in (1, 2, 3):
            checkpoints.landed(progress(turn, "a"))
        await notebook.clock.sleep(0.1)
        for turn in (1, 2, 3):
            checkpoints.landed(progress(turn, "a b"))
        await notebook.clock.sleep(1.0)

    assert [set(texts) for _, texts in tell(story).written] == [{1, 2, 3}, {1, 2, 3}]


def test_a_turn_that_has_ended_is_not_written_down_any_more() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        checkpoints.landed(progress(1, "a"))
        checkpoints.landed(progress(2, "a"))
        checkpoints.ended(1)
        checkpoints.ended(3)

    assert tell(story).written == [(0.0, {2: "a"})]


def test_what_the_store_did_not_take_is_offered_again_with_what_came_meanwhile() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        notebook.broken = True
        checkpoints.landed(progress(1, "a"))
        checkpoints.landed(progress(2, "a"))
        await notebook.clock.sleep(0.5)
        assert notebook.noticed == [StoreFailed("checkpoint", "locked")]
        notebook.broken = False
        checkpoints.landed(progress(2, "a b"))
        await notebook.clock.sleep(1.0)

    assert tell(story).written == [(1.0, {1: "a", 2: "a b"})]


def test_a_turn_that_ends_while_the_store_fails_is_not_offered_again() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        notebook.broken, notebook.seconds = True, 0.2
        checkpoints.landed(progress(1, "a"))
        checkpoints.landed(progress(2, "a"))
        await notebook.clock.sleep(0.1)
        checkpoints.ended(1)
        await notebook.clock.sleep(0.2)
        notebook.broken = False
        await notebook.clock.sleep(2.0)

    assert [texts for _, texts in tell(story).written] == [{2: "a"}]


def test_closing_writes_down_what_is_left_and_does_not_wait_for_a_store_that_fails() -> None:
    async def story(checkpoints: Checkpoints, notebook: Notebook) -> None:
        checkpoints.landed(progress(1, "a"))
        await notebook.clock.sleep(0.1)
        checkpoints.landed(progress(1, "a b"))

    assert tell(story).written == [(0.0, {1: "a"}), (0.1, {1: "a b"})]

    async def failing(checkpoints: Checkpoints, notebook: Notebook) -> None:
        notebook.broken = True
        checkpoints.landed(progress(1, "a"))
        await notebook.clock.sleep(0.1)
        checkpoints.close()
        await notebook.clock.sleep(0.1)
        assert notebook.clock.now() < 0.3

    assert tell(failing).written == []
