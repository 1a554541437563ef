"""Arguments, exit codes, and the commands."""
