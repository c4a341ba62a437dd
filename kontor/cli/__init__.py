"""The command line: one module per capability, sentences for people and JSON for programs.
For the operator of the installation, the statistician at a terminal, and scripts.
Neighbours: calls the operations and queries of every capability; `sentences` words its errors."""


def main() -> None:
    """Entry point of the command `kontor`."""
    from .app import app

    app(prog_name="kontor")
