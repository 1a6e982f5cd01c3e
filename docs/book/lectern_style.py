"""Colours of code, on a light page and on a dark one, all at least 4.5 : 1 against their ground."""

from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, String, Token


def colours(ink, comment, keyword, number, string, name):
    return {Token: ink, Comment: f"italic {comment}", Comment.Preproc: f"noitalic {keyword}",
            Keyword: f"bold {keyword}", Keyword.Type: f"nobold {keyword}", Number: number,
            String: string, Name.Function: name, Name.Class: name}


class Light(Style):
    background_color = "#f2f4f6"
    styles = colours("#1b1f24", "#59626c", "#813b7b", "#00694b", "#a33b0b", "#0b5fa5")


class Dark(Style):
    background_color = "#1b1f24"
    styles = colours("#e7eaed", "#a3acb6", "#dca6d7", "#5fd6ae", "#ff9d6e", "#7cbcff")
