"""`python -m tieout.reference`: write the reference pages into `docs/`. `make docs` runs it."""

from __future__ import annotations

from pathlib import Path

import click

from . import PAGES, write


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("docs"), show_default=True,
              help="Folder of the pages.")  # fmt: skip
def main(out: Path) -> None:
    """Write the data dictionary and the page of documents, statuses and postings.

    Example: python -m tieout.reference --out docs
    """
    changed = write(out)
    for name in PAGES:
        click.echo(f"{out / name}  {'written' if out / name in changed else 'up to date'}")


if __name__ == "__main__":
    main()
