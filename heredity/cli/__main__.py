"""`python -m heredity.cli`."""

from heredity.cli.main import main

main()
