"""``python -m metaan`` does what ``metaan`` does."""

from metaan.cli import main

if __name__ == "__main__":
    main()
