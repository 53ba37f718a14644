"""python -m siop."""

from siop.cli import main

if __name__ == "__main__":
    main()
