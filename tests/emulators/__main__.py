"""Runs every emulator that there is, each on its own port, until SIGINT or SIGTERM: `python -m tests.emulators`."""

import asyncio
import importlib
import signal
from contextlib import AsyncExitStack
from typing import Any

EMULATORS = (
    ("tests.emulators.slack", "SlackEmulator", 8101),
    ("tests.emulators.discord", "DiscordEmulator", 8102),
    ("tests.emulators.perplexity", "PerplexityEmulator", 8103),
)


ASK = """
# Start the bot with these settings: put them into .env and type `make run`. Then ask as people would, and look what they see:
#   curl -s http://127.0.0.1:8101/control/mention -d '{"text": "hello"}'
#   curl -s http://127.0.0.1:8102/control/slash -d '{"command": "ask", "options": {"question": "hello"}}'
#   curl -s http://127.0.0.1:8101/control/messages; curl -s http://127.0.0.1:8102/control/messages
# Ctrl+C stops them all"""


def _class(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        print(f"{name} is left out: {error}")
        return None


async def main() -> None:
    """Serve, and print the settings that let the bot use what was started."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        for module, name, port in EMULATORS:
            if (emulator_class := _class(module, name)) is None:
                continue
            emulator = await stack.enter_async_context(emulator_class(port=port))
            print(f"# {name} on {emulator.url}")
            if hasattr(emulator, "settings"):
                print("\n".join(f"{setting}={value}" for setting, value in emulator.settings().items()))
        print(ASK, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
