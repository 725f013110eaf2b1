"""One question from the intake to the remembered turn, with everything around it faked and time virtual."""

import pytest

from bot.errors import EngineBroken, EngineCutOff, TakingNoQuestions
from bot.intake import Limits
from bot.model import Finished, FinishReason, MessageRef, SourcesFound, TextGrew
from tests.bot.newsroom import SOURCES, World, tell
from tests.fakes.engine import Beat, words


def test_an_answer_ends_with_its_text_its_links_and_its_sources() -> None:
    script: list[Beat] = [0.5, SourcesFound(SOURCES), TextGrew("Paris is the capital [1]."), Finished()]
    world = tell(lambda world: world.ask("Capital of France?"), script)
    (shown,) = world.messenger.screen
    assert "Paris is the capital" in shown
    assert "https://example.org/a" in shown


def test_the_same_question_delivered_three_times_is_answered_once() -> None:
    async def story(world: World) -> None:
        await world.ask("Why?", claims=("event:1", "message:1"))
        await world.ask("Why?", claims=("event:2", "message:1"))
        await world.ask("Why?", claims=("event:1",))

    world = tell(story, words(5, 30))
    assert len(world.messenger.messages) == 1
    assert len(world.engine.prompts) == 1


def test_a_follow_up_gets_the_earlier_turn_of_its_own_thread_only() -> None:
    async def story(world: World) -> None:
        await world.ask("First?", "t1")
        await world.ask("Elsewhere?", "t2")
        await world.quiet()
        await world.ask("Second?", "t1")

    world = tell(story, words(3, 30))
    follow_up = world.engine.prompts[-1]
    assert [turn.question for turn in follow_up.history] == ["First?"]
    assert follow_up.history[0].answer.split() == ["w1", "w2", "w3"]


def test_questions_of_one_thread_are_answered_one_after_the_other() -> None:
    async def story(world: World) -> None:
        await world.ask("One?")
        await world.ask("Two?")
        await world.clock.sleep(1.0)
        assert len(world.engine.prompts) == 1

    world = tell(story, words(60, 30))
    assert [turn.question for turn in world.engine.prompts[1].history] == ["One?"]
    assert len(world.messenger.messages) == 2


def test_those_who_wait_for_the_engine_are_told_their_place() -> None:
    async def story(world: World) -> None:
        for number in range(3):
            await world.ask(f"{number}?", f"t{number}")

    world = tell(story, words(150, 30), slots=1)
    notes = [note for _, note in world.messenger.statuses] + [body for _, body in world.messenger.shown]
    assert any("1 question is before yours" in note for note in notes)
    assert len(world.engine.prompts) == 3


@pytest.mark.parametrize(
    ("text", "said"), [("   ", "Ask me something"), ("x" * 9000, "9,000 characters; I can take 8,000")]
)
def test_a_question_that_cannot_be_answered_gets_a_line_that_says_why(text: str, said: str) -> None:
    world = tell(lambda world: world.ask(text, number="1"), words(3, 30))
    (shown,) = world.messenger.screen
    assert said in shown
    assert not world.engine.prompts


def test_a_full_thread_says_how_many_wait() -> None:
    async def story(world: World) -> None:
        for number in range(4):
            await world.ask(f"{number}?")

    world = tell(story, words(30, 30), limits=Limits(per_conversation=1))
    assert len(world.engine.prompts) == 2
    assert sum("waiting in this thread" in shown for shown in world.messenger.screen) == 2


def test_a_full_engine_says_how_many_wait() -> None:
    async def story(world: World) -> None:
        for number in range(4):
            await world.ask(f"{number}?", f"t{number}")

    world = tell(story, words(30, 30), limits=Limits(for_engine=2), slots=1)
    assert any("questions are waiting for an answer" in shown for shown in world.messenger.screen)


def test_when_the_engine_breaks_the_partial_text_stays_and_a_sentence_says_what_happened() -> None:
    script: list[Beat] = [TextGrew("Half of the "), 0.3, TextGrew("truth "), EngineCutOff()]
    world = tell(lambda world: world.ask("What?"), script)
    (shown,) = world.messenger.screen
    assert "Half of the truth" in shown
    assert "connection to the answer engine broke" in shown


def test_when_the_engine_fails_before_any_text_the_sentence_stands_alone() -> None:
    world = tell(lambda world: world.ask("What?"), [0.2, EngineBroken(503)])
    (shown,) = world.messenger.screen
    assert "failure on its side" in shown
    assert "sources" not in shown.lower()


def test_an_answer_cut_at_its_length_limit_says_so() -> None:
    script: list[Beat] = [TextGrew("A long story "), Finished(FinishReason.LENGTH)]
    (shown,) = tell(lambda world: world.ask("What?"), script).messenger.screen
    assert "length limit" in shown


def test_deleting_the_message_stops_the_engine() -> None:
    async def story(world: World) -> None:
        await world.ask("What?")
        await world.clock.sleep(2.0)
        world.delivery.gone(MessageRef(world.messenger.messages[0].ref.place, "m1"))
        await world.clock.sleep(0.5)
        assert world.engine.closed == 1

    world = tell(story, words(300, 30))
    assert len(world.messenger.messages) == 1


def test_draining_lets_answers_finish_and_marks_those_that_do_not() -> None:
    async def story(world: World) -> None:
        await world.ask("Short?", "t1")
        await world.ask("Long?", "t2")
        await world.clock.sleep(1.5)
        await world.intake.drain(3.0)
        with pytest.raises(TakingNoQuestions):
            await world.ask("Late?", "t3")

    world = tell(story, words(30, 30), words(3000, 30))
    short, long = world.messenger.screen
    assert "w30" in short
    assert "Interrupted" not in short
    assert "Interrupted" in long
    assert "w60" in long


def test_without_streaming_there_is_one_post() -> None:
    script: list[Beat] = [5.0, SourcesFound(SOURCES), TextGrew("All at once [2]."), Finished()]
    world = tell(lambda world: world.ask("What?"), script, streaming=False)
    assert len(world.messenger.shown) == 1


def test_a_failing_store_does_not_stop_the_answer() -> None:
    async def story(world: World) -> None:
        await world.ask("What?")
        world.store.broken = True

    (shown,) = tell(story, words(30, 30)).messenger.screen
    assert "w30" in shown
