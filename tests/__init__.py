"""Everything that proves the rest: pure and faked in `bot`, real SDKs against emulators in `adapters`, the process in `end_to_end`."""
