"""What the project's own upkeep runs, outside the package: each module is one command."""
