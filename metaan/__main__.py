"""``python -m metaan`` does what ``metaan`` does."""

from metaan.cli.commands import main

if __name__ == "__main__":
    main()
