"""The Perplexity engine. `connect` builds it; the two APIs are in `sonar.py` and `agent.py`, the network in `connection.py`."""

from adapters.perplexity.engine import PerplexityEngine, connect
from adapters.perplexity.settings import PerplexitySettings

__all__ = ["PerplexityEngine", "PerplexitySettings", "connect"]
