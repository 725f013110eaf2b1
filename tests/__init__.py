"""Everything that proves the rest: pure in `bot`, real SDKs against emulators in `adapters`, the process in `end_to_end`."""
