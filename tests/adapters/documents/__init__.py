"""The documents engine over real folders."""
