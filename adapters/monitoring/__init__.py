"""What an operator sees of a running bot: logs, and health over HTTP."""

from adapters.monitoring.logs import LogObserver, configure_logging
from adapters.monitoring.server import serve

__all__ = ["LogObserver", "configure_logging", "serve"]
