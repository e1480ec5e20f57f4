"""Lets `python -m evaluator` stand for the command `evaluator`. Imports `cli.main` alone."""

from evaluator.cli.main import main

if __name__ == "__main__":
    main()
