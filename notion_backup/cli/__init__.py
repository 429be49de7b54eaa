"""The commands: thin, one file a command; everything they do lives below them."""
