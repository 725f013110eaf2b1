"""The whole bot as a process of its own, with real sockets and real databases, against the emulators."""
