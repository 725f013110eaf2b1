"""What a reader of the channel sees when the platform, the renderer or the operator gets in the way."""

import pytest
from typing_extensions import override

from bot.errors import (
    ChatFailed,
    MessageGone,
    PlaceClosed,
    Refused,
    Throttled,
    TokenRefused,
    Unreachable,
)
from bot.model import LaneNews, MessageRef
from bot.rendering.blocks import Block
from bot.rendering.dialect import Linkable
from bot.rendering.footer import Ending
from bot.streaming.delivery import GIVE_UP_SECONDS
from bot.streaming.live import Delivered, Stopped, Undelivered
from bot.streaming.signs import FAILURES
from bot.telemetry import FirstTextShown, LaneClosed, Unexpected, WriteEnded, WriteSkipped
from tests.bot.streaming.stories import Stage, numbered, tell
from tests.fakes.messenger import PLACE, PlainDialect

NO_FOOTER = Ending(footer=False)


class Brittle(PlainDialect):
    """A dialect with a bug: one word breaks it."""

    @override
    def spell(self, block: Block, linkable: Linkable) -> str:
        spelled = super().spell(block, linkable)
        if "boom" in spelled:
            raise ZeroDivisionError
        return spelled


# refused, closed, gone ----------------------------------------------------------------------------------------


def test_an_answer_whose_placeholder_cannot_be_edited_is_posted_anew_once() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open(deadline=3.0)
        await stage.clock.sleep(1.0)
        stage.messenger.faults.append(Refused("cant_update_message"))
        await stage.speak(live, 60)
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    messenger = tell(story).messenger
    assert len(messenger.messages) == 2
    assert messenger.screen[-1].split() == numbered(60)
    assert len([call for _, call in messenger.calls if call == "edit"]) == 1


def test_an_answer_that_may_not_grow_any_more_is_shown_whole_at_its_end() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        stage.messenger.faults.append(Refused("edit_window_closed"))
        await stage.speak(live, 90)
        assert len(stage.messenger.messages) == 1
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    messenger = tell(story).messenger
    assert messenger.screen[-1].split() == numbered(30) + numbered(90)


def test_an_answer_that_is_refused_as_a_post_too_is_undelivered() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        await stage.clock.sleep(1.0)
        stage.messenger.faults.extend([Refused("blocked"), Refused("blocked")])
        live.text_grew("a word that nobody may say")
        live.finished(NO_FOOTER)
        result = await live.result
        assert isinstance(result, Undelivered)
        assert isinstance(result.error, Refused)

    assert tell(story).messenger.screen[0].split() == numbered(30)


@pytest.mark.parametrize("error", [PlaceClosed("is_archived"), TokenRefused("token_revoked")], ids=repr)
def test_where_nothing_can_be_written_any_more_the_answer_ends(error: ChatFailed) -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        stage.messenger.faults.append(error)
        await stage.speak(live, 30)
        assert live.stopped.is_set()
        assert await live.result == Undelivered(error)

    calls = len(tell(story).messenger.calls)
    assert calls < 20


def test_an_answer_that_is_deleted_before_its_post_was_acknowledged_stops_at_the_next_edit() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        live.text_grew("The beginning of an answer that somebody deletes.")
        await stage.clock.sleep(0.07)
        stage.messenger.messages[0].deleted = True
        stage.delivery.gone(MessageRef(PLACE, "m1"))
        await stage.speak(live, 30)
        assert await live.result == Stopped()

    assert len(tell(story).messenger.messages) == 1


def test_a_message_that_is_not_ours_may_go() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        stage.delivery.gone(MessageRef(PLACE, "m9"))
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    tell(story)


def test_one_answer_that_is_deleted_leaves_the_others_alone() -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.open(), stage.open()
        await stage.speak(first, 30)
        await stage.speak(second, 30)
        stage.delivery.gone(stage.messenger.messages[0].ref)
        second.finished(NO_FOOTER)
        assert (await first.result, await second.result) == (Stopped(), Delivered())

    tell(story)


def test_a_deleted_message_under_way_ends_the_answer_without_another_write() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        stage.messenger.faults.append(MessageGone())
        live.finished(NO_FOOTER)
        assert await live.result == Stopped()

    tell(story)


# the platform is silent or slow -------------------------------------------------------------------------------


def test_a_final_that_a_platform_does_not_answer_is_given_up_in_the_end() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 30)
        await stage.clock.sleep(1.0)
        stage.messenger.faults.extend(Unreachable() for _ in range(1000))
        live.text_grew("the end")
        ended = stage.clock.now()
        live.finished(NO_FOOTER)
        result = await live.result
        assert isinstance(result, Undelivered)
        assert stage.clock.now() - ended > GIVE_UP_SECONDS

    tell(story)


def test_words_that_came_while_a_lost_post_was_looked_for_are_shown_although_the_engine_pauses() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        stage.messenger.faults_after_effect.append(Unreachable(uncertain=True))
        stage.messenger.find_faults.extend([Unreachable(uncertain=True), Throttled(0.5)])
        live.text_grew("These words are posted, but nobody tells us. ")
        await stage.clock.sleep(0.2)
        live.text_grew("These words come while we do not know. ")
        await stage.clock.sleep(20.0)
        assert stage.messenger.searches == 3
        assert stage.messenger.screen[0].endswith("while we do not know.")
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    assert len(tell(story).messenger.messages) == 1


def test_a_post_that_is_lost_twice_is_posted_once() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        stage.messenger.faults.extend([Unreachable(uncertain=True), Unreachable(uncertain=True)])
        await stage.speak(live, 30)
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    messenger = tell(story).messenger
    assert messenger.screen == [" ".join(numbered(30))]
    assert messenger.searches == 2


def test_nobody_blames_the_platform_for_a_thought_that_is_not_shown() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        live.text_grew("<think>")
        for _ in range(30):
            live.text_grew("let me see ")
            await stage.clock.sleep(1.0)
        live.text_grew("</think>So it is.")
        await stage.clock.sleep(1.0)
        live.finished(NO_FOOTER)
        await live.result

    messenger = tell(story).messenger
    assert messenger.screen == ["So it is."]
    assert not any("limits how often" in note for _, note in messenger.statuses)


def test_those_who_wait_for_the_whole_answer_are_told_why_too() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open(whole=True)
        stage.messenger.faults.append(Throttled(30.0))
        live.text_grew("All of it.")
        live.finished(NO_FOOTER)
        await live.result

    assert any("limits how often" in note for _, note in tell(story).messenger.statuses)


# statuses -----------------------------------------------------------------------------------------------------


def test_a_status_that_fails_again_and_again_is_given_up_and_the_answer_comes() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        stage.messenger.status_faults.extend(Refused("no_status") for _ in range(100))
        for second in range(60):
            live.says(f"Searching: {second}")
            await stage.clock.sleep(1.0)
        await stage.speak(live, 30)
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    assert tell(story).messenger.asked_for_status == FAILURES


def test_a_throttled_status_is_tried_again_when_the_platform_allows() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open(whole=True)
        stage.messenger.status_faults.append(Throttled(20.0))
        await stage.clock.sleep(200.0)
        live.text_grew("At last.")
        live.finished(NO_FOOTER)
        await live.result

    messenger = tell(story).messenger
    assert messenger.asked_for_status > 1
    assert messenger.statuses[0][0] > 20.0


def test_a_status_that_lands_after_the_message_does_not_stay() -> None:
    async def story(stage: Stage) -> None:
        stage.messenger.status_seconds = 0.5
        live = stage.open()
        live.text_grew("Here it is.")
        live.finished(NO_FOOTER)
        await live.result

    messenger = tell(story).messenger
    assert [note for _, note in messenger.statuses] == ["Searching…", ""]
    assert messenger.statuses[0][0] > messenger.shown[0][0]


# surprises ----------------------------------------------------------------------------------------------------


def test_a_surprise_of_one_answer_ends_that_answer_alone() -> None:
    async def story(stage: Stage) -> None:
        unlucky, lucky = stage.open(), stage.open()
        stage.messenger.faults.append(ZeroDivisionError())  # type: ignore[arg-type] - what no messenger may raise
        unlucky.text_grew("The first to be written, in a long enough sentence.")
        await stage.clock.sleep(0.1)
        await stage.speak(lucky, 30)
        lucky.finished(NO_FOOTER)
        result = await unlucky.result
        assert isinstance(result, Undelivered)
        assert isinstance(result.error, ZeroDivisionError)
        assert await lucky.result == Delivered()

    stage = tell(story)
    assert stage.messenger.screen == [" ".join(numbered(30))]
    assert next(event.outcome for event in stage.notes.events if isinstance(event, WriteEnded)) == "unexpected"


def test_a_surprise_in_a_status_ends_nothing() -> None:
    surprise = ZeroDivisionError()

    async def story(stage: Stage) -> None:
        live = stage.open()
        stage.messenger.status_faults.append(surprise)  # type: ignore[arg-type] - what no messenger may raise
        await stage.speak(live, 30)
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()

    assert Unexpected("status", surprise) in tell(story).notes.events


@pytest.mark.parametrize("words_before", [0, 30])
def test_a_text_that_cannot_be_rendered_ends_its_answer_alone(words_before: int) -> None:
    async def story(stage: Stage) -> None:
        unlucky, lucky = stage.open(), stage.open()
        await stage.speak(unlucky, words_before)
        unlucky.text_grew("and then a boom ")
        await stage.speak(unlucky, 30)
        await stage.speak(lucky, 30)
        for live in (unlucky, lucky):
            live.finished(NO_FOOTER)
        result = await unlucky.result
        assert isinstance(result, Undelivered)
        assert isinstance(result.error, ZeroDivisionError)
        assert unlucky.stopped.is_set()
        assert await lucky.result == Delivered()

    assert tell(story, dialect=Brittle()).messenger.screen[-1].split() == numbered(30)


# headers and notes --------------------------------------------------------------------------------------------


def test_a_429_in_headers_closes_the_lane_and_is_noted() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        await stage.speak(live, 10)
        await stage.clock.sleep(1.0)
        stage.delivery.heard(LaneNews("edits", limit=5, remaining=4, reset_after=5.0))
        stage.delivery.heard(LaneNews("edits", limit=5, remaining=0, reset_after=20.0, refused=True))
        shown = len(stage.messenger.shown)
        await stage.speak(live, 30)
        assert len(stage.messenger.shown) == shown
        live.finished(NO_FOOTER)
        assert await live.result == Delivered()
        assert stage.clock.now() > 21.0

    assert LaneClosed("fake", ("edits",), 20.0) in tell(story).notes.events


def test_a_page_that_would_read_the_same_is_not_sent() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open()
        live.text_grew("A sentence that stands there already, and then half a mark ")
        await stage.clock.sleep(2.0)
        live.text_grew("**")
        await stage.clock.sleep(2.0)
        assert [call for _, call in stage.messenger.calls if call != "status"] == ["post"]
        live.finished(NO_FOOTER)
        await live.result

    assert WriteSkipped("fake") in tell(story).notes.events


def test_the_first_text_is_reported_once_with_the_seconds_that_it_took() -> None:
    async def story(stage: Stage) -> None:
        live = stage.open(turn=7)
        await stage.clock.sleep(1.0)
        await stage.speak(live, 60)
        live.finished(NO_FOOTER)
        await live.result

    (first,) = [event for event in tell(story).notes.events if isinstance(event, FirstTextShown)]
    assert first.turn == 7
    assert 0.0 < first.seconds < 0.5
