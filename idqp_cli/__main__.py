"""The command `idqp`, also as `python -m idqp_cli`."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Answer a shell that completes a line, at once and without the app; else run the app."""
    if sys.argv[1:2] == ["complete"]:
        from idqp_cli.cli import completion  # noqa: PLC0415 - neither waits for the other

        sys.exit(completion.main(sys.argv[2:]))
    from idqp_cli.cli import app  # noqa: PLC0415

    app.main()


if __name__ == "__main__":
    main()
