"""Runs the emulated Discord alone: `python -m tests.emulators.discord --port 8102`; see `control.py` for how to drive it."""

import argparse
import asyncio
import signal

from tests.emulators.discord.emulator import DiscordEmulator


async def main(port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with DiscordEmulator(port=port) as emulator:
        print(f"Discord, emulated, on {emulator.url}; settings for the bot:\n")
        for name, value in emulator.settings().items():
            print(f"{name}={value}")
        print(
            f"""
Ask:   curl -s {emulator.url}/control/mention -d '{{"text": "hello"}}'
       curl -s {emulator.url}/control/slash -d '{{"command": "ask", "options": {{"question": "hello"}}}}'
Read:  curl -s {emulator.url}/control/messages
Stop:  Ctrl+C
""",
            flush=True,
        )
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=8102, help="0 lets the system choose (default: %(default)s)")
    asyncio.run(main(parser.parse_args().port))
