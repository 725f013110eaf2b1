"""The clock of the machine."""

from datetime import UTC

from bot.clock import SystemClock


async def test_time_goes_on_while_one_sleeps() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0.01)
    assert clock.now() > before


def test_today_is_aware_and_in_utc() -> None:
    assert SystemClock().today().tzinfo is UTC
