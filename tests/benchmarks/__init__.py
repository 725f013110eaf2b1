"""The bench itself: its arithmetic, its scenarios, and that a small one runs."""
