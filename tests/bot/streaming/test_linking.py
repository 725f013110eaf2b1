"""Pages that are full keep their words; once the sources are known they get at most one edit, at the lowest priority."""

import pytest

from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, Throttled, Unreachable
from bot.model import Source
from bot.rendering.footer import Ending
from bot.streaming.live import Delivered, Live
from bot.streaming.scheduler import Kind
from bot.telemetry import WriteEnded
from tests.bot.streaming.stories import Stage, tell
from tests.fakes.messenger import FakeBudget, PlainDialect

SOURCES = (Source("https://example.org/a", "Page A"), Source("https://example.org/b", "Page B"))
LINK = "](https://example.org/a)"


class Short(PlainDialect):
    """Pages of 600 characters."""

    def __init__(self) -> None:
        super().__init__(600)


async def long_answer(stage: Stage, sources: tuple[Source, ...] = SOURCES) -> Live:
    """Three pages with markers, whose sources come at the end."""
    live = stage.open()
    for number in range(1, 31):
        live.text_grew(f"Sentence {number} of an answer that rests on a page [1].\n\n")
        await stage.clock.sleep(0.2)
    live.sources_found(sources)
    live.finished(Ending())
    return live


def links(stage: Stage) -> list[int]:
    """How often each message was edited by a linking edit."""
    return [sum(LINK in body for _, body in each.bodies) for each in stage.messenger.messages]


def kinds(stage: Stage, kind: Kind) -> list[WriteEnded]:
    return [each for each in stage.notes.events if isinstance(each, WriteEnded) and each.kind == kind.name.lower()]


def test_sealed_pages_get_their_links_once_the_answer_is_complete() -> None:
    async def story(stage: Stage) -> None:
        live = await long_answer(stage)
        assert await live.result == Delivered()
        assert LINK not in stage.messenger.screen[0]
        await stage.clock.sleep(60.0)
        assert live.over

    stage = tell(story, dialect=Short())
    assert len(stage.messenger.messages) > 2
    assert all(LINK in body for body in stage.messenger.screen)
    assert links(stage)[:-1] == [1] * (len(stage.messenger.messages) - 1)
    assert len(kinds(stage, Kind.LINK)) == len(stage.messenger.messages) - 1


def test_a_linking_edit_changes_no_word() -> None:
    async def story(stage: Stage) -> None:
        live = await long_answer(stage)
        await live.result
        await stage.clock.sleep(60.0)

    for message in tell(story, dialect=Short()).messenger.messages[:-1]:
        before, after = message.bodies[-2][1], message.bodies[-1][1]
        assert after.replace("[[1]](https://example.org/a)", "[1]").split() == before.split()


def test_an_answer_without_sources_is_over_when_it_is_complete() -> None:
    async def story(stage: Stage) -> None:
        live = await long_answer(stage, ())
        assert await live.result == Delivered()
        await stage.clock.sleep(0.1)
        assert live.over

    assert not kinds(tell(story, dialect=Short()), Kind.LINK)


@pytest.mark.parametrize(
    ("error", "linked"),
    [
        (Refused("edit_window_closed"), [False, True, True, True]),  # that page stays as it is, the next one is tried
        (Throttled(5.0), [True, True, True, True]),
        (Unreachable(uncertain=True), [True, True, True, True]),
        (MessageGone(), [False, False, False, False]),
        (PlaceClosed("is_archived"), [False, False, False, False]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ChatFailed) else "",
)
def test_an_answer_stays_delivered_whatever_becomes_of_its_links(error: ChatFailed, linked: list[bool]) -> None:
    async def story(stage: Stage) -> None:
        live = await long_answer(stage)
        assert await live.result == Delivered()
        stage.messenger.faults.append(error)
        await stage.clock.sleep(100.0)
        assert live.over
        assert await live.result == Delivered()

    stage = tell(story, dialect=Short())
    assert [LINK in body for body in stage.messenger.screen[:-1]] == linked


def test_links_wait_until_tokens_are_plenty() -> None:
    async def story(stage: Stage) -> None:
        live = await long_answer(stage)
        await live.result
        at_first = len(kinds(stage, Kind.LINK))
        await stage.clock.sleep(120.0)
        assert (at_first, len(kinds(stage, Kind.LINK))) == (0, len(stage.messenger.messages) - 1)

    budget = FakeBudget()
    budget.edits = type(budget.edits)("edits", 8, 60.0)
    tell(story, dialect=Short(), budget=budget)
