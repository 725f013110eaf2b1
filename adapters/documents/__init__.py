"""The embedded answer engine: full-text search over a folder of Markdown and text files. No network, no model.

`connect` opens it; `settings.read` says where the folder is. Pages become quotable pieces in `passages` and `quoting`, `index`
finds them, `reply` words the answer.
"""

from adapters.documents.engine import connect
from adapters.documents.settings import DocumentsSettings

__all__ = ["DocumentsSettings", "connect"]
