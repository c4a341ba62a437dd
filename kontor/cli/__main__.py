"""`python -m kontor.cli`."""

from . import main

if __name__ == "__main__":
    main()
