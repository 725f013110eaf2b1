"""The embedded answer engine: full-text search over a folder of Markdown and text files. No network, no model.

`connect` opens it. Pages become quotable pieces in `passages` and `quoting`, `index` finds them, `reply` words the answer.
"""

from adapters.documents.engine import connect
from adapters.documents.settings import DocumentsSettings, read_settings

__all__ = ["DocumentsSettings", "connect", "read_settings"]
