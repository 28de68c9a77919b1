"""The command line: the app, one thin file per command, help and shell completion."""
