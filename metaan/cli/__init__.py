"""The commands; they read words, call the rooms below and print what these answer."""
