"""What a reader of the channel sees, and when, in virtual time against a platform that enforces its budget."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from bot.errors import MessageGone, PlaceClosed, Refused, Throttled, Unreachable
from bot.model import Source
from bot.rendering.footer import Ending
from bot.rendering.pages import Pages
from bot.streaming.delivery import Delivery
from bot.streaming.live import Delivered, Live, Stopped, Undelivered
from bot.telemetry import Silence
from tests.fakes.clock import FakeClock, in_virtual_time
from tests.fakes.messenger import PLACE, FakeBudget, FakeMessenger, PlainDialect, fake_platform

Story = Callable[[Delivery, FakeMessenger, FakeClock], Awaitable[None]]


def tell(story: Story, *, budget: FakeBudget | None = None, dialect: PlainDialect | None = None) -> FakeMessenger:
    """Run a story with a running delivery; return the messenger that remembers it."""

    async def whole() -> FakeMessenger:
        clock = FakeClock()
        lanes = budget or FakeBudget()
        messenger = FakeMessenger(clock, lanes)
        delivery = Delivery(fake_platform(messenger, lanes, dialect), clock, Silence())
        running = asyncio.create_task(delivery.run())
        await story(delivery, messenger, clock)
        delivery.close()
        await running
        return messenger

    return in_virtual_time(whole())


async def speak(live: Live, clock: FakeClock, count: int, per_second: float) -> None:
    for number in range(1, count + 1):
        live.text_grew(f"w{number} ")
        await clock.sleep(1 / per_second)


def numbered(count: int) -> str:
    return " ".join(f"w{number}" for number in range(1, count + 1))


def open_live(delivery: Delivery, **options: object) -> Live:
    return delivery.open(PLACE, Pages(delivery.platform.dialect), **options)  # type: ignore[arg-type]


def test_the_first_post_carries_the_first_text_and_the_message_grows_to_the_end() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await clock.sleep(0.8)
        await speak(live, clock, 300, 30)
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()

    messenger = tell(story)
    assert len(messenger.messages) == 1
    first, last = messenger.shown[0][1], messenger.shown[-1][1]
    assert first.startswith("w1")
    assert "w300" not in first
    assert last.split() == numbered(300).split()
    assert len(messenger.shown) > 10
    assert messenger.throttled == 0


def test_what_is_shown_only_grows() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await speak(live, clock, 100, 30)
        live.finished(Ending(footer=False))
        await live.result

    bodies = [body for _, body in tell(story).shown]
    assert all(after.startswith(before.rstrip()) for before, after in itertools.pairwise(bodies))


def test_a_status_is_shown_at_once_and_a_placeholder_after_three_seconds_without_text() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await clock.sleep(5.0)
        assert messenger.statuses[0][0] < 0.1
        assert [round(at, 2) for at, _ in messenger.shown] == [3.05]
        live.text_grew("Here it is.")
        live.finished(Ending(footer=False))
        await live.result

    messenger = tell(story)
    assert len(messenger.messages) == 1
    assert messenger.screen == ["Here it is."]


def test_an_interaction_is_answered_at_once() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery, deadline=3.0)
        await clock.sleep(1.0)
        assert messenger.shown[0][0] < 0.2
        live.text_grew("Here it is.")
        live.finished(Ending(footer=False))
        await live.result

    assert tell(story).screen == ["Here it is."]


def test_an_answer_that_is_not_streamed_is_one_post() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery, whole=True)
        await clock.sleep(9.0)
        live.text_grew("All of it.")
        live.sources_found((Source("https://example.org/a", "A"),))
        live.finished(Ending())
        await live.result

    messenger = tell(story)
    assert len(messenger.shown) == 1
    assert messenger.shown[0][1].startswith("All of it.")
    assert "https://example.org/a" in messenger.shown[0][1]


def test_a_throttled_edit_is_shown_later_and_nothing_is_lost() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await speak(live, clock, 10, 30)
        await clock.sleep(1.0)
        messenger.faults.append(Throttled(20.0))
        await speak(live, clock, 10, 30)
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()
        assert clock.now() > 20.0

    messenger = tell(story)
    assert len(messenger.screen[0].split()) == 20


def test_ten_answers_at_once_share_the_budget_and_all_end_complete() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        lives = [open_live(delivery) for _ in range(10)]
        async with asyncio.TaskGroup() as group:
            for live in lives:
                group.create_task(speak(live, clock, 300, 30))
        for live in lives:
            live.finished(Ending(footer=False))
        for live in lives:
            assert await live.result == Delivered()

    messenger = tell(story)
    assert messenger.throttled == 0
    assert [len(body.split()) for body in messenger.screen] == [300] * 10


def test_writing_stops_when_the_message_is_deleted() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await speak(live, clock, 20, 30)
        messenger.faults.append(MessageGone())
        await speak(live, clock, 60, 30)
        assert live.stopped.is_set()
        assert await live.result == Stopped()

    messenger = tell(story)
    assert len(messenger.messages) == 1


def test_writing_stops_when_somebody_says_that_the_message_is_gone() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await speak(live, clock, 20, 30)
        await clock.sleep(2.0)
        delivery.gone(messenger.messages[0].ref)
        assert await live.result == Stopped()
        assert live.stopped.is_set()

    tell(story)


def test_a_refused_final_edit_is_posted_anew() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await speak(live, clock, 20, 30)
        await clock.sleep(3.0)
        live.text_grew("the end")
        messenger.faults.append(Refused("edit_window_closed"))
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()

    messenger = tell(story)
    assert len(messenger.messages) == 2
    assert messenger.screen[-1].endswith("the end")


def test_a_place_that_is_closed_is_reported_as_undelivered() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        messenger.faults.append(PlaceClosed("is_archived"))
        live.text_grew("to nobody, in a long enough sentence")
        result = await live.result
        assert isinstance(result, Undelivered)
        assert live.stopped.is_set()

    assert tell(story).screen == []


def test_a_lost_edit_is_repeated() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        await speak(live, clock, 20, 30)
        messenger.faults.extend([Unreachable(uncertain=True), Unreachable()])
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()

    assert len(tell(story).screen[0].split()) == 20


def test_a_post_whose_acknowledgement_was_lost_is_not_repeated() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        messenger.faults_after_effect.append(Unreachable(uncertain=True))
        await speak(live, clock, 30, 30)
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()

    messenger = tell(story)
    assert len(messenger.messages) == 1
    assert len(messenger.screen[0].split()) == 30


def test_a_post_that_did_not_land_is_repeated() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        messenger.faults.append(Unreachable(uncertain=True))
        await speak(live, clock, 30, 30)
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()

    messenger = tell(story)
    assert len(messenger.messages) == 1
    assert len(messenger.screen[0].split()) == 30


def test_a_full_page_is_complete_on_the_screen_before_the_next_one_is_posted() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        for number in range(1, 301):
            live.text_grew(f"w{number} " + ("\n\n" if number % 10 == 0 else ""))
            await clock.sleep(1 / 60)
        live.finished(Ending(footer=False))
        assert await live.result == Delivered()

    messenger = tell(story, dialect=PlainDialect(length=400))
    assert len(messenger.messages) > 2
    assert " ".join(messenger.screen).split() == numbered(300).split()
    for message, following in zip(messenger.messages, messenger.messages[1:], strict=False):
        assert message.bodies[-1][0] <= following.bodies[0][0]


def test_readers_are_told_when_the_platform_keeps_them_waiting() -> None:
    async def story(delivery: Delivery, messenger: FakeMessenger, clock: FakeClock) -> None:
        live = open_live(delivery)
        messenger.faults.append(Throttled(30.0))
        await speak(live, clock, 600, 30)
        live.finished(Ending(footer=False))
        await live.result

    messenger = tell(story)
    assert any("limits how often" in note for _, note in messenger.statuses)
