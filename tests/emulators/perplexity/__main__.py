"""Runs the emulator alone, until Ctrl-C: `python -m tests.emulators.perplexity --port 8103`."""

import argparse
import asyncio
import signal

from tests.emulators.perplexity.script import Script, search_results
from tests.emulators.perplexity.server import PerplexityEmulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.perplexity", description=__doc__)
    parser.add_argument("--port", type=int, default=8103)
    parser.add_argument("--words", type=int, default=300, help="how many words an answer has")
    parser.add_argument("--rate", type=float, default=30.0, help="words a second; 0 is as fast as possible")
    parser.add_argument("--delay", type=float, default=0.8, help="seconds before the first word")
    parser.add_argument("--sources", type=int, default=7, help="how many sources an answer has")
    parser.add_argument("--plain", action="store_true", help="paragraphs only: no headings, lists, code and tables")
    parser.add_argument("--concurrency", type=int, help="requests in flight before a 429; no limit without it")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    script = Script(
        words=arguments.words,
        words_per_second=arguments.rate,
        first_word_delay=arguments.delay,
        sources=search_results(arguments.sources),
        long=not arguments.plain,
    )
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    emulator = PerplexityEmulator(port=arguments.port, scripts=script, concurrency=arguments.concurrency)
    async with emulator:
        print("\n".join(f"{name}={value}" for name, value in emulator.settings().items()), flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
