# How Sphinx makes the book: the pages of the chapters, what they quote, their pictures and formulas.
import os
import sys

sys.path.insert(0, os.path.abspath("."))

project = "Lectern"
author = "the Lectern maintainers"
copyright = "the Lectern maintainers, MIT licence"
language = "en"
extensions = ["myst_parser", "lectern_book"]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "smartquotes", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]
exclude_patterns = ["**/README.md"]
html_math_renderer = "katex"
html_theme = "furo"
html_title = "Lectern: the book"
html_static_path = ["_static"]
html_css_files = ["katex/katex.min.css", "book.css", "pictures.css"]
html_show_sourcelink = False
html_copy_source = False
html_extra_path = []
pygments_style = "lectern_style.Light"
pygments_dark_style = "lectern_style.Dark"
nitpicky = True
html_theme_options = {"navigation_with_keys": True}
