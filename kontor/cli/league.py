import typer
commands = typer.Typer(help="The league.")
