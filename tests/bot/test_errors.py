"""The tree of failures: every one can be raised, caught by its branch, and says in a log what it carries."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from bot.errors import (
    ChatFailed,
    ConfigurationInvalid,
    EngineBroken,
    EngineBusy,
    EngineCutOff,
    EngineFailed,
    EngineGarbled,
    EngineKeyRefused,
    EngineRefused,
    EngineSilent,
    EngineUnpaid,
    EngineUnreachable,
    FootnoteError,
    MessageGone,
    PlaceClosed,
    Refused,
    StoreTooNew,
    StoreUnavailable,
    TakingNoQuestions,
    Throttled,
    TokenRefused,
    Unreachable,
)

ENGINE = [
    EngineUnreachable("refused"),
    EngineSilent(60.0, started=True),
    EngineCutOff("in mid-event"),
    EngineGarbled("html"),
    EngineBusy(2.5),
    EngineKeyRefused(403),
    EngineUnpaid(),
    EngineRefused(422, "invalid_model"),
    EngineBroken(503, "overloaded", 1.5),
]
CHAT = [
    Throttled(3.0, everywhere=True),
    MessageGone(),
    Refused("msg_too_long"),
    PlaceClosed("is_archived"),
    TokenRefused("token_revoked"),
    Unreachable(uncertain=True),
]
OTHERS = [ConfigurationInvalid(("one", "two")), TakingNoQuestions(), StoreUnavailable("locked"), StoreTooNew("9", "2")]


@contextmanager
def passing() -> Generator[None]:
    yield


@pytest.mark.parametrize("error", [*ENGINE, *CHAT, *OTHERS], ids=lambda error: type(error).__name__)
def test_every_failure_passes_through_a_block_that_only_looks_on(error: FootnoteError) -> None:
    """The interpreter writes tracebacks into a failure that passes a context manager: a frozen one would break there."""
    with pytest.raises(FootnoteError) as caught, passing():
        raise error
    assert caught.value is error


@pytest.mark.parametrize("error", ENGINE, ids=lambda error: type(error).__name__)
def test_failures_of_an_engine_are_one_branch(error: FootnoteError) -> None:
    assert isinstance(error, EngineFailed)
    assert not isinstance(error, ChatFailed)


@pytest.mark.parametrize("error", CHAT, ids=lambda error: type(error).__name__)
def test_failures_of_a_chat_are_one_branch(error: FootnoteError) -> None:
    assert isinstance(error, ChatFailed)
    assert not isinstance(error, EngineFailed)


def test_a_failure_says_what_it_carries() -> None:
    assert str(Throttled(3.0)) == "Throttled(retry_after=3.0, everywhere=False)"
    assert str(TakingNoQuestions()) == "TakingNoQuestions()"


def test_two_failures_of_the_same_kind_are_two() -> None:
    assert len({MessageGone(), MessageGone()}) == 2
