"""The stores against real databases: a SQLite file, SQLite in memory, and a PostgreSQL that the tests start themselves."""
