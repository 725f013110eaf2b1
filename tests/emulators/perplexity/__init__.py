"""A Perplexity on loopback: both of its APIs, their rules, and every way in which they are known to break."""

from tests.emulators.perplexity.agent import AgentShape
from tests.emulators.perplexity.asked import Asked
from tests.emulators.perplexity.dead_ends import server_down, server_stuck
from tests.emulators.perplexity.script import Script, SearchResult, search_results, word_numbers
from tests.emulators.perplexity.server import KEY, PerplexityEmulator
from tests.emulators.perplexity.sonar import Ending, Presence, SonarShape
from tests.emulators.perplexity.wire import Sse

__all__ = [
    "KEY",
    "AgentShape",
    "Asked",
    "Ending",
    "PerplexityEmulator",
    "Presence",
    "Script",
    "SearchResult",
    "SonarShape",
    "Sse",
    "search_results",
    "server_down",
    "server_stuck",
    "word_numbers",
]
