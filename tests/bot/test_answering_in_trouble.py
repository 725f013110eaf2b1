"""What is shown and what is remembered when something around an answer fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering import STORE_RETRIES, SURROUNDINGS_SECONDS, _urls
from bot.errors import ChatFailed, EngineBusy, EngineCutOff, PlaceClosed, Throttled
from bot.model import (
    Finished,
    PastTurn,
    RelatedFound,
    Searching,
    SourcesFound,
    TextGrew,
    TurnState,
    Usage,
    UsageReported,
    Utterance,
)
from bot.telemetry import AnswerEnded, QuestionKnown, QuestionTaken, StoreFailed, Unexpected
from tests.bot.newsroom import SOURCES, World, tell
from tests.fakes.engine import Beat, words

SHORT: list[Beat] = [0.2, TextGrew("Paris is the capital [1]."), Finished()]


# what the engine brings besides text --------------------------------------------------------------------------


def test_everything_that_the_engine_said_is_remembered() -> None:
    usage = Usage(100, 50, 0.01)
    script: list[Beat] = [
        Searching(("capital of France",)),
        3.5,
        SourcesFound(SOURCES),
        TextGrew("Paris [1]."),
        UsageReported(Usage(100, 10)),
        UsageReported(usage),
        RelatedFound(("How large is Paris?",)),
        Finished(),
    ]
    world = tell(lambda world: world.ask("Capital?"), script)
    (outcome,) = world.store.outcomes
    assert (outcome.state, outcome.failure) == (TurnState.DELIVERED, "")
    assert (outcome.text, outcome.sources, outcome.usage) == ("Paris [1].", SOURCES, usage)
    assert [page.message.id for page in outcome.pages] == ["m1"]
    assert "capital of France" in world.messenger.shown[0][1]
    assert "How large is Paris?" in world.messenger.screen[0]


def test_an_empty_list_of_sources_does_not_take_back_the_one_before() -> None:
    script: list[Beat] = [SourcesFound(SOURCES), TextGrew("Paris [1]."), SourcesFound(()), Finished()]
    world = tell(lambda world: world.ask("Capital?"), script)
    assert world.store.outcomes[0].sources == SOURCES
    assert "https://example.org/a" in world.messenger.screen[0]


def test_an_engine_that_says_nothing_is_not_passed_over_in_silence() -> None:
    (shown,) = tell(lambda world: world.ask("Capital?"), [0.2, Finished()]).messenger.screen
    assert "finished without an answer" in shown


@pytest.mark.parametrize(
    ("failure", "said"), [(EngineCutOff(), "connection to the answer engine broke"), (EngineBusy(7.0), "in 7 s")]
)
def test_a_failed_answer_is_remembered_with_what_was_said(failure: EngineCutOff | EngineBusy, said: str) -> None:
    world = tell(lambda world: world.ask("Capital?"), [TextGrew("Half of it."), failure])
    (outcome,) = world.store.outcomes
    assert (outcome.state, outcome.failure) == (TurnState.FAILED, type(failure).__name__)
    assert outcome.text == "Half of it."
    assert said in world.messenger.screen[0]


# the store ----------------------------------------------------------------------------------------------------


def test_an_answer_comes_without_its_history_where_the_store_cannot_give_it() -> None:
    async def story(world: World) -> None:
        await world.ask("Capital?")
        world.store.broken = True
        await world.clock.sleep(2.0)
        world.store.broken = False

    world = tell(story, SHORT)
    assert "Paris" in world.messenger.screen[0]
    assert StoreFailed("recent", "locked") in world.notes.events


def test_the_end_of_a_turn_is_offered_to_a_store_that_recovers() -> None:
    async def story(world: World) -> None:
        await world.ask("Capital?")
        await world.clock.sleep(0.1)
        world.store.broken = True
        await world.clock.sleep(1.0)
        world.store.broken = False

    world = tell(story, SHORT)
    assert StoreFailed("finish", "locked") in world.notes.events
    assert world.store.outcomes[0].state is TurnState.DELIVERED


def test_a_store_that_does_not_recover_is_asked_a_few_times_and_no_more() -> None:
    async def story(world: World) -> None:
        await world.ask("Capital?")
        world.store.broken = True

    world = tell(story, SHORT)
    assert world.store.tries == STORE_RETRIES
    assert "Paris" in world.messenger.screen[0]


# what people said before --------------------------------------------------------------------------------------

SAID = (Utterance("ann", "We are planning a trip to France."), Utterance("Footnote", "Have fun.", bot=True))


def test_a_question_in_a_thread_brings_what_was_said_before() -> None:
    async def story(world: World) -> None:
        world.thread.said = SAID
        await world.ask("Capital?", has_surroundings=True)

    assert tell(story, SHORT).engine.prompts[0].surroundings == SAID


def test_it_is_read_only_where_people_may_have_talked_and_once_for_each_thread() -> None:
    async def story(world: World) -> None:
        world.thread.said = SAID
        await world.ask("Elsewhere?", "t2")
        await world.ask("Capital?", has_surroundings=True)
        await world.quiet()
        await world.ask("And of Spain?", has_surroundings=True)

    world = tell(story, SHORT)
    assert world.thread.asked == 1
    assert world.engine.prompts[-1].history == (PastTurn("Capital?", "Paris is the capital [1]."),)
    assert world.engine.prompts[-1].surroundings == ()


@pytest.mark.parametrize(("failure", "seconds"), [(PlaceClosed("missing_scope"), 0.0), (None, 600.0)])
def test_a_thread_that_cannot_be_read_does_not_keep_the_answer(failure: ChatFailed | None, seconds: float) -> None:
    async def story(world: World) -> None:
        world.thread.failure, world.thread.seconds = failure, seconds
        await world.ask("Capital?", has_surroundings=True)
        await world.quiet()
        assert world.clock.now() < SURROUNDINGS_SECONDS + 5.0

    assert "Paris" in tell(story, SHORT).messenger.screen[0]


# the chat -----------------------------------------------------------------------------------------------------


def test_a_deleted_answer_counts_as_stopped() -> None:
    async def story(world: World) -> None:
        await world.ask("Capital?")
        await world.clock.sleep(2.0)
        world.delete()

    world = tell(story, words(300, 30))
    assert (world.store.outcomes[0].state, world.store.outcomes[0].failure) == (TurnState.STOPPED, "")
    assert world.engine.closed == 1


def test_an_answer_that_cannot_be_shown_counts_as_failed_and_ends_the_engine() -> None:
    async def story(world: World) -> None:
        world.messenger.faults.append(PlaceClosed("is_archived"))
        await world.ask("Capital?")
        await world.clock.sleep(3.0)
        assert world.engine.closed == 1

    world = tell(story, words(300, 30))
    assert (world.store.outcomes[0].state, world.store.outcomes[0].failure) == (TurnState.FAILED, "PlaceClosed")
    (ended,) = [event for event in world.notes.events if isinstance(event, AnswerEnded)]
    assert (ended.state, ended.failure) == (TurnState.FAILED, "PlaceClosed")
    assert not any(isinstance(event, Unexpected) for event in world.notes.events)


def test_what_landed_is_checkpointed_while_the_answer_grows_and_not_after_its_end() -> None:
    world = tell(lambda world: world.ask("Capital?"), words(150, 30))
    (outcome,) = world.store.outcomes
    texts = [progress.text for progress in world.store.progress]
    assert len(texts) >= 3
    assert all(outcome.text.startswith(text) for text in texts)
    assert texts[-1] != outcome.text


# surprises ----------------------------------------------------------------------------------------------------


def test_a_failure_that_nobody_foresaw_ends_its_question_with_a_sentence_and_leaves_a_traceback() -> None:
    surprise = ZeroDivisionError()

    async def story(world: World) -> None:
        world.thread.failure = surprise  # type: ignore[assignment] - what nobody may raise
        await world.ask("Capital?", has_surroundings=True)
        await world.ask("And then?")

    world = tell(story, SHORT)
    unlucky, lucky = world.messenger.screen
    assert "Something went wrong on my side" in unlucky
    assert "Paris" in lucky
    assert Unexpected("answer", surprise) in world.notes.events
    assert [(each.state, each.failure) for each in world.store.outcomes] == [
        (TurnState.FAILED, "ZeroDivisionError"),
        (TurnState.DELIVERED, ""),
    ]


def test_a_question_whose_message_is_deleted_while_it_waits_does_not_reach_the_engine() -> None:
    async def story(world: World) -> None:
        await world.ask("Long?")
        await world.ask("Deleted?", deadline=3.0)
        await world.clock.sleep(1.0)
        (waiting,) = [number for number, each in enumerate(world.messenger.messages) if "Waiting" in each.bodies[0][1]]
        world.delete(waiting)

    world = tell(story, words(60, 30))
    assert [prompt.question for prompt in world.engine.prompts] == ["Long?"]
    assert [outcome.state for outcome in world.store.outcomes] == [TurnState.DELIVERED, TurnState.STOPPED]


def test_a_surprise_while_writing_leaves_a_traceback() -> None:
    surprise = ZeroDivisionError()

    async def story(world: World) -> None:
        world.messenger.faults.append(surprise)  # type: ignore[arg-type] - what no messenger may raise
        await world.ask("Capital?")

    world = tell(story, SHORT)
    assert Unexpected("delivery", surprise) in world.notes.events
    assert world.store.outcomes[0].failure == "ZeroDivisionError"


# taking questions ---------------------------------------------------------------------------------------------


def test_a_question_without_its_text_says_how_to_ask_again() -> None:
    (shown,) = tell(lambda world: world.ask("", number="1", unreadable=True), SHORT).messenger.screen
    assert "mentions me" in shown


def test_a_question_known_already_is_noted_and_let_go() -> None:
    async def story(world: World) -> None:
        await world.ask("Capital?", number="1")
        await world.ask("Capital?", number="1")

    events = tell(story, SHORT).notes.events
    assert [event for event in events if isinstance(event, QuestionTaken | QuestionKnown)] == [
        QuestionTaken("fake", 1, 0),
        QuestionKnown("fake"),
    ]


def test_draining_ends_the_questions_that_wait_in_a_thread_too() -> None:
    async def story(world: World) -> None:
        for number in range(4):
            await world.ask(f"{number}?")
        await world.clock.sleep(1.5)
        await world.intake.drain(1.0)
        assert world.clock.now() < 10.0
        world.delivery.close(1.0)

    world = tell(story, words(3000, 30))
    assert len(world.engine.prompts) == 1
    assert "Interrupted" in world.messenger.screen[0]
    assert world.engine.closed == 1


def test_draining_does_not_wait_for_a_platform_that_is_closed() -> None:
    async def story(world: World) -> None:
        await world.ask("Capital?")
        await world.clock.sleep(1.5)
        world.messenger.faults.extend(Throttled(600.0) for _ in range(10))
        await world.clock.sleep(3.0)
        await world.intake.drain(2.0)
        world.delivery.close(1.0)
        stopped.append(world.clock.now())

    stopped: list[float] = []
    assert tell(story, words(3000, 30)).engine.closed == 1
    assert stopped[0] < 10.0


@given(st.text(alphabet=st.sampled_from("http://[]:@.example1%\uff03 ()"), max_size=60))
def test_no_question_is_lost_for_the_addresses_in_it(text: str) -> None:
    for question in (text, f"see http://{text}/x", "see http://[::1/x"):
        urls = _urls(question)
        assert all(url in question for url in urls)


def test_an_address_in_the_question_may_be_linked_in_the_answer() -> None:
    script: list[Beat] = [TextGrew("See https://example.org/page and https://evil.example/page."), Finished()]
    (shown,) = tell(lambda world: world.ask("What is on <https://example.org/page>?"), script).messenger.screen
    assert "`https://evil.example/page`" in shown
    assert "`https://example.org/page`" not in shown


def test_one_who_finds_the_engine_busy_is_told_so_in_the_first_status() -> None:
    async def story(world: World) -> None:
        await world.ask("First?", "t1")
        await world.clock.sleep(0.5)
        await world.ask("Second?", "t2")

    notes = [note for _, note in tell(story, words(60, 30), slots=1).messenger.statuses]
    assert "Waiting: your question is next" in notes
