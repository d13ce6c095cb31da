"""`python -m xuetan`: the command line."""

from xuetan.cli import app

if __name__ == "__main__":
    app()
