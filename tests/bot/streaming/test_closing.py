"""How a delivery ends: nobody waits for what will not come, and nothing that is on its way is torn."""

import asyncio

import pytest

from bot.errors import TakingNoQuestions, Throttled
from bot.rendering.footer import Ending
from bot.streaming.live import Undelivered
from tests.bot.streaming.stories import Stage, numbered, tell

NO_FOOTER = Ending(footer=False)


def test_closing_does_not_wait_for_an_answer_that_nobody_will_finish() -> None:
    async def story(stage: Stage) -> None:
        talking, waiting = stage.open(), stage.open()
        await stage.speak(talking, 60)
        stage.delivery.close()
        for live in (talking, waiting):
            result = await live.result
            assert isinstance(result, Undelivered)
            assert isinstance(result.error, TakingNoQuestions)

    stage = tell(story)
    assert len(stage.messenger.messages) == 1


def test_closing_waits_for_a_final_no_longer_than_it_is_told() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        await stage.clock.sleep(1.0)
        stage.messenger.faults.append(Throttled(60.0))
        live.text_grew("the end")
        live.finished(NO_FOOTER)
        await stage.clock.sleep(1.0)
        running = asyncio.create_task(stage.delivery.run())
        stage.delivery.close(2.0)
        closed = stage.clock.now()
        await running
        assert stage.clock.now() - closed == pytest.approx(2.0)

    assert tell(story).messenger.screen[0].split() == numbered(30)


def test_an_answer_that_begins_after_closing_ends_at_once() -> None:
    async def story(stage: Stage) -> None:
        stage.delivery.close()
        assert isinstance(await stage.open().result, Undelivered)

    assert tell(story).messenger.calls == []


def test_a_request_in_flight_is_not_cancelled_by_closing() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        live.text_grew("The last words before the bot is stopped.")
        await stage.clock.sleep(0.02)
        stage.delivery.close(0.0)

    assert tell(story).messenger.screen == ["The last words before the bot is stopped."]
