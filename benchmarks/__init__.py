"""What `make bench` runs: the real bot against the emulators, measured by what a reader of the channel sees.

`scenarios` says what is asked, `stage` lets it happen, `figures` reads the result, `report` shows it.
"""
