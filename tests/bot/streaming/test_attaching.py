"""An answer that is longer than its most pages: its rest is attached below the last one, whatever the platform does."""

import pytest

from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, Throttled, TokenRefused, Unreachable
from bot.model import Source
from bot.rendering import wording
from bot.rendering.footer import Ending
from bot.streaming.delivery import GIVE_UP_SECONDS
from bot.streaming.live import Delivered, Live, Stopped
from bot.telemetry import WriteEnded, WriteSkipped
from tests.bot.streaming.stories import Stage, numbered, tell
from tests.fakes.messenger import FakeBudget, PlainDialect

SOURCES = (Source("https://one.example/page", "The first page"),)
SENT = Unreachable(uncertain=True)


async def spoken(stage: Stage, words: int = 600, *, most: int = 2, whole: bool = False) -> Live:
    """An answer whose engine has finished; by default of 2,900 characters on two pages of 850."""
    live = stage.open(max_pages=most, whole=whole)
    live.sources_found(SOURCES)
    await stage.speak(live, words)
    live.finished(Ending())
    return live


def words(text: str) -> list[str]:
    return [word for word in text.split() if word.startswith("w") and word[1:].isdigit()]


def complete(stage: Stage, count: int = 600) -> bool:
    """Whether the screen and the first file together are the whole answer, in order."""
    return words(" ".join([*stage.messenger.screen, stage.messenger.files[0][2]])) == numbered(count)


def outcomes(stage: Stage) -> list[str]:
    return [each.outcome for each in stage.notes.events if isinstance(each, WriteEnded) and each.outcome != "landed"]


def told(*faults: ChatFailed, then: ChatFailed | None = None) -> Stage:
    """The file meets these faults, and what is written after it one more."""

    async def story(stage: Stage) -> None:
        stage.messenger.file_faults.extend(faults)
        live = await spoken(stage)
        while all(call != "attach" for _, call in stage.messenger.calls):
            await stage.clock.sleep(0.01)
        stage.messenger.faults.extend([then] if then else [])
        assert await live.result == Delivered()
        assert stage.clock.now() < GIVE_UP_SECONDS + 60.0

    return tell(story, dialect=PlainDialect(1000))


def test_the_rest_is_attached_after_the_last_page_and_before_the_answer_counts_as_delivered() -> None:
    async def story(stage: Stage) -> None:
        live = await spoken(stage)
        assert stage.messenger.files == []
        assert await live.result == Delivered()
        assert len(stage.messenger.files) == 1
        assert len(live.written) == 2
        await stage.clock.sleep(5.0)
        assert live.over

    stage = tell(story, dialect=PlainDialect(1000))
    (at, name, text), last = stage.messenger.files[0], stage.messenger.messages[-1].bodies[-1]
    assert (name, at > last[0]) == ("answer.md", True)
    assert complete(stage)
    assert wording.GOES_ON_IN_FILE in stage.messenger.screen[1]
    assert "The first page" in stage.messenger.screen[1]
    assert "The first page" in text


def test_an_answer_that_fits_has_no_file() -> None:
    async def story(stage: Stage) -> None:
        assert await (await spoken(stage, 300)).result == Delivered()

    stage = tell(story, dialect=PlainDialect(1000))
    assert len(stage.messenger.messages) == 2
    assert stage.messenger.files == []


def test_an_answer_that_is_shown_as_a_whole_has_its_file_too() -> None:
    async def story(stage: Stage) -> None:
        assert await (await spoken(stage, whole=True)).result == Delivered()

    stage = tell(story, dialect=PlainDialect(1000))
    assert complete(stage)
    assert [call for _, call in stage.messenger.calls if call != "status"] == ["post", "post", "attach"]


def test_while_the_rest_grows_nothing_is_written_and_nobody_is_told_to_wait() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open(max_pages=1)
        await stage.speak(live, 300)
        stage.messenger.calls.clear()
        stage.notes.events.clear()
        await stage.speak(live, 1500)
        assert wording.GOES_ON_IN_FILE in stage.messenger.screen[0]
        assert stage.messenger.calls == []
        assert not any(isinstance(each, WriteSkipped) for each in stage.notes.events)
        live.finished(Ending())
        assert await live.result == Delivered()

    stage = tell(story, dialect=PlainDialect(1000))
    assert not any("limits" in note for _, note in stage.messenger.statuses)
    assert len(stage.messenger.files) == 1


def test_files_draw_on_the_budget_of_posts() -> None:
    async def story(stage: Stage) -> None:
        lives = [stage.open(max_pages=1, whole=True) for _ in range(3)]
        for live in lives:
            live.text_grew(" ".join(numbered(600)))
            live.finished(Ending())
        for live in lives:
            assert await live.result == Delivered()

    messenger = tell(story, budget=FakeBudget(posts_limit=2, posts_seconds=10.0), dialect=PlainDialect(1000)).messenger
    assert messenger.throttled == 0
    assert len(messenger.files) == 3
    assert messenger.files[-1][0] >= 20.0


@pytest.mark.parametrize("fault", [Throttled(4.0), Unreachable()])
def test_a_file_that_did_not_land_is_attached_later_and_once(fault: ChatFailed) -> None:
    stage = told(fault)
    assert outcomes(stage) == [type(fault).__name__]
    assert len(stage.messenger.files) == 1
    assert complete(stage)


def test_a_file_whose_acknowledgement_is_lost_is_attached_twice_at_most() -> None:
    async def story(stage: Stage) -> None:
        stage.messenger.file_faults_after_effect.extend([SENT, SENT, SENT])
        live = await spoken(stage)
        assert await live.result == Delivered()

    stage = tell(story, dialect=PlainDialect(1000))
    assert outcomes(stage) == ["Unreachable", "Unreachable"]
    assert len(stage.messenger.files) == 2
    assert wording.GOES_ON_IN_FILE in stage.messenger.screen[1]


@pytest.mark.parametrize("fault", [Refused("missing_scope"), PlaceClosed("50013"), TokenRefused("revoked")])
def test_where_files_are_refused_the_last_page_says_so_and_all_else_stays(fault: ChatFailed) -> None:
    stage = told(fault)
    first, last = stage.messenger.screen
    assert wording.REST_NOT_ATTACHED in last
    assert wording.GOES_ON_IN_FILE not in last
    assert stage.messenger.messages[1].bodies[-2][1] == last.replace(wording.REST_NOT_ATTACHED, wording.GOES_ON_IN_FILE)
    seen = words(f"{first} {last}")
    assert seen == numbered(len(seen))
    assert outcomes(stage) == [type(fault).__name__]
    assert stage.messenger.files == []


@pytest.mark.parametrize("fault", [Refused("edit_window_closed"), PlaceClosed("is_archived")])
def test_where_even_that_cannot_be_said_the_answer_is_delivered_all_the_same(fault: ChatFailed) -> None:
    stage = told(PlaceClosed("is_archived"), then=fault)
    assert outcomes(stage) == ["PlaceClosed", type(fault).__name__]
    assert len(stage.messenger.messages) == 2
    assert wording.GOES_ON_IN_FILE in stage.messenger.screen[1]


def test_a_place_that_is_never_reached_again_ends_the_attempts_and_not_the_answer() -> None:
    stage = told(*[Unreachable()] * 200)
    assert set(outcomes(stage)) == {"Unreachable"}
    assert wording.REST_NOT_ATTACHED in stage.messenger.screen[1]


def test_a_message_that_is_deleted_gets_no_file() -> None:
    async def story(stage: Stage) -> None:
        stage.messenger.file_faults.append(MessageGone())
        live = await spoken(stage)
        assert await live.result == Stopped()

    assert tell(story, dialect=PlainDialect(1000)).messenger.files == []


def test_pages_still_get_their_links_after_a_file_was_refused_and_a_link_too() -> None:
    async def story(stage: Stage) -> None:
        stage.messenger.file_faults.append(Refused("missing_scope"))
        live = stage.open(max_pages=3)
        for number in range(1, 60):
            live.text_grew(f"Sentence {number} of an answer that rests on a page [1].\n\n")
            await stage.clock.sleep(0.1)
        live.sources_found(SOURCES)
        live.finished(Ending())
        assert await live.result == Delivered()
        stage.messenger.faults.append(Refused("edit_window_closed"))
        await stage.clock.sleep(60.0)
        assert live.over

    screen = tell(story, dialect=PlainDialect(1000)).messenger.screen
    assert ["](https://one" in body for body in screen[:2]] == [False, True]
    assert wording.REST_NOT_ATTACHED in screen[2]
