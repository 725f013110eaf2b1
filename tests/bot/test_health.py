"""What "ready" means."""

import pytest

from bot.health import Readiness, look


@pytest.mark.parametrize(
    ("parts", "ready"),
    [
        ({}, False),
        ({"slack": True}, True),
        ({"slack": True, "discord": True}, True),
        ({"slack": True, "discord": False}, False),
    ],
)
def test_ready_means_that_there_are_parts_and_all_of_them_work(parts: dict[str, bool], ready: bool) -> None:
    assert Readiness(parts).ready is ready


def test_every_look_asks_again() -> None:
    connected = {"slack": False}
    probes = {"slack": lambda: connected["slack"]}
    before = look(probes)
    connected["slack"] = True
    assert (before.ready, look(probes).ready) == (False, True)
    assert look(probes).parts == {"slack": True}
