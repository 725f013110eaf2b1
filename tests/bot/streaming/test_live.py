"""One answer on its way, looked at from its delivery: what it says of itself, and what breaks it."""

import pytest
from typing_extensions import override

from bot.model import MessageRef, Place, Source
from bot.rendering.footer import Ending
from bot.streaming.live import Delivered, Live, Stopped, Undelivered
from tests.bot.streaming.stories import Stage, tell
from tests.fakes.messenger import PLACE, PlainDialect

NO_FOOTER = Ending(footer=False)


class Speechless(PlainDialect):
    """A dialect that cannot spell an aside, and so no placeholder."""

    @override
    def small(self, text: str) -> str:
        raise ZeroDivisionError


def test_it_knows_its_own_messages_by_their_id_and_their_channel() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        assert live.wrote(MessageRef(PLACE, "m1"))
        assert not live.wrote(MessageRef(PLACE, "m2"))
        assert not live.wrote(MessageRef(Place("fake", "team", "elsewhere", "thread"), "m1"))
        live.finished(NO_FOOTER)
        await live.result

    tell(story)


def test_a_placeholder_is_a_message_but_nothing_of_the_answer() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open(deadline=3.0)
        assert not live.written
        await stage.clock.sleep(0.5)
        assert len(live.written) == 1
        assert not live.visible
        await stage.speak(live, 30)
        assert live.visible
        live.finished(NO_FOOTER)
        await live.result

    tell(story)


def test_a_note_is_shown_until_a_message_stands_there() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        live.says("Searching: moons")
        await stage.speak(live, 30)
        await stage.clock.sleep(2.0)
        live.says("Searching: more moons")
        await stage.clock.sleep(10.0)
        live.finished(NO_FOOTER)
        await live.result

    assert [note for _, note in tell(story).messenger.statuses] == ["Searching: moons"]


def test_readers_wait_from_the_first_word_that_they_do_not_see() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        assert live.waiting_since is None
        await stage.clock.sleep(1.0)
        live.text_grew("Here.")
        assert live.waiting_since == 1.0
        await stage.clock.sleep(2.0)
        assert live.waiting_since is None
        live.finished(NO_FOOTER)
        await live.result

    tell(story)


@pytest.mark.parametrize("deadline", [3.0, None])
def test_a_placeholder_that_cannot_be_spelled_ends_its_answer_alone(deadline: float | None) -> None:
    async def story(stage: Stage) -> None:
        unlucky, lucky = stage.open(deadline=deadline), stage.open()
        await stage.speak(lucky, 30)
        lucky.finished(NO_FOOTER)
        assert await lucky.result == Delivered()
        result = await unlucky.result
        assert isinstance(result, Undelivered)
        assert isinstance(result.error, ZeroDivisionError)

    tell(story, dialect=Speechless())


def test_an_end_is_an_end() -> None:
    async def story(stage: Stage) -> None:
        live: Live = stage.open()
        await stage.speak(live, 30)
        calls = len(stage.messenger.calls)
        live.stop()
        live.give_up(ZeroDivisionError())
        live.text_grew("more words than anybody will see")
        live.finished(NO_FOOTER)
        await stage.clock.sleep(10.0)
        assert await live.result == Stopped()
        assert live.waiting_since is None
        assert len([call for _, call in stage.messenger.calls[calls:] if call != "status"]) == 0

    tell(story)


@pytest.mark.parametrize("word", ["word", "word[1]"], ids=["plain", "with links that are longer than their markers"])
def test_pages_that_came_all_at_once_are_posted_one_after_the_other_although_the_engine_pauses(word: str) -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        live.sources_found((Source("https://example.org/a/long/address/of/a/page", "A"),))
        live.text_grew("\n\n".join([" ".join([word] * 10) + "."] * 20) + "\n\n")
        await stage.clock.sleep(60.0)
        assert sum(body.count("word") for body in stage.messenger.screen) == 200
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    assert len(tell(story, dialect=PlainDialect(600)).messenger.messages) > 1
