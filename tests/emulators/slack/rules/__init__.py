"""What Slack allows and refuses, without any I/O: budgets, sizes, streams, and which method needs what. Time is an argument."""
