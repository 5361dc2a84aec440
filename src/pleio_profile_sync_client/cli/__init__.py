"""The command: options, wiring, exit status; one file for each subcommand."""
