"""What the two pages are made of: markup, style, figures from evidence, and the sections of each page.

`handout` may read evidence only; `reveal` is the one module here that opens a truth folder.
"""
