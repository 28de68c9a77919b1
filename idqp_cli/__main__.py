"""`python -m idqp_cli` is the command `idqp`."""

from idqp_cli.cli import main

if __name__ == "__main__":
    main()
