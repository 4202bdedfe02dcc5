"""From text that came from outside to lines that can be drawn: Markdown, code, terminal colours, MIME bundles.

Everything here is pure but `paint` and `scroll`, which know Textual widgets. Nothing is ever read as markup.
"""
