"""What Footnote remembers: questions taken exactly once, turns, and the messages that carry them.

Start at `open_storage`; `memory.py` and `sql.py` keep the same promises (`tests/contracts/stores.py`). SQLAlchemy is seen
only in this package and is imported when a database is opened, so that light commands stay light.
"""

from storage.opening import Storage as Storage
from storage.opening import open_storage as open_storage
