"""Which failures are worth another try, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.perplexity.retries import Retries
from bot.errors import (
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
)


@pytest.mark.parametrize(
    "failure",
    [
        EngineUnreachable(),
        EngineSilent(60.0),
        EngineCutOff(),
        EngineBusy(),
        *[EngineBroken(status) for status in (408, 409, 424, 425, 500, 502, 503, 504, 524)],
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(failure: EngineFailed) -> None:
    assert Retries().wait(failure, 0, 0.0) == 0.25


@pytest.mark.parametrize(
    "failure",
    [
        EngineSilent(60.0, started=True),
        EngineGarbled(),
        EngineKeyRefused(),
        EngineUnpaid(),
        EngineRefused(),
        EngineBroken(200, "cancelled"),
        EngineFailed(),
    ],
    ids=str,
)
def test_what_will_not_pass_is_not_tried_again(failure: EngineFailed) -> None:
    assert Retries().wait(failure, 0, 0.0) is None


def test_pauses_double_up_to_a_limit_and_there_are_only_so_many() -> None:
    retries = Retries(most=6)
    assert [retries.wait(EngineCutOff(), tried, 1.0) for tried in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, None]
    assert [retries.wait(EngineCutOff(), tried, 0.0) for tried in range(3)] == [0.25, 0.5, 1.0]


def test_none_may_be_wanted() -> None:
    assert Retries(most=0).wait(EngineCutOff(), 0, 0.5) is None


@given(st.floats(0, 60), st.integers(0, 2), st.floats(0, 1))
def test_nobody_comes_back_before_the_time_that_was_asked_for(seconds: float, tried: int, chance: float) -> None:
    for failure in (EngineBusy(seconds), EngineBroken(503, retry_after=seconds)):
        wait = Retries().wait(failure, tried, chance)
        assert wait is not None
        assert seconds <= wait <= max(seconds, 2.0) + 2.0


@pytest.mark.parametrize("failure", [EngineBusy(61.0), EngineBroken(503, retry_after=3600.0)])
def test_who_is_asked_to_wait_for_long_is_told_at_once(failure: EngineFailed) -> None:
    assert Retries().wait(failure, 0, 0.0) is None
