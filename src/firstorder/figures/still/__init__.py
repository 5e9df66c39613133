"""Stills: what the front ends draw, drawn by Matplotlib, for print, previews and readers without JavaScript.

Sizes, colours, dashes and marks are those of `js/`, `css/` and `tokens.json`; the numbers are Python's own.
"""
