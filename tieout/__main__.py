"""`python -m tieout` is `tieout`."""

from __future__ import annotations

from .cli import main

main()
