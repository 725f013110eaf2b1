"""Runs the emulated Slack alone: `python -m tests.emulators.slack --port 8101`; see `control.py` for how to drive it."""

import argparse
import asyncio
import signal

from tests.emulators.slack.server import SlackEmulator


async def main(port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with SlackEmulator(port=port) as slack:
        print(f"Slack, emulated, on {slack.url}; settings for the bot:\n", flush=True)
        for name, value in slack.settings().items():
            print(f"{name}={value}")
        print(
            f"""
Ask:   curl -s {slack.url}/control/mention -d '{{"text": "hello"}}'
Read:  curl -s {slack.url}/control/messages
Stop:  Ctrl+C
""",
            flush=True,
        )
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=8101, help="0 lets the system choose (default: %(default)s)")
    asyncio.run(main(parser.parse_args().port))
