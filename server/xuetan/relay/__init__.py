"""The hub's own side: keep what phones give, say what the root last said, forward when there is a line. It numbers nothing."""
