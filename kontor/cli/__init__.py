"""The command line: one module per capability, sentences for people and JSON for programs.
For the operator of the installation, the statistician at a terminal, and scripts.
Neighbours: calls the operations and queries of every capability; `sentences` words its errors."""


def main() -> None:
    """Entry point of the command `kontor`."""
    import os

    from .app import app

    usual = os.umask(0o077)  # database, releases and backups hold personal data: the owner's alone
    app(prog_name="kontor", obj={"umask": usual})
