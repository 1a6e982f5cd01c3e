"""What a page of the book can say beside Markdown, each a few lines that quote a file:

    ```{listing} REGION              the lines of the chapter's program between two `// [REGION]`
    ```{output} TITLE                what it prints below `== TITLE ==`; without TITLE, all
    ```{library} FILE FUNCTION       a function of the library, as it stands
    ```{picture} NAME                the picture NAME.svg that the program draws, with a caption;
                                     `:from: FOLDER` for that of another chapter
    ```{predict} QUESTION            a question; the answer is folded
    ```{exercise} 1 ★★ 10 min        an exercise; its solution is quoted, and folded
    ```{bridge} REGION               rows of two lines that mean the same, see tutorials/bridge
    ```{recorded} FILE HEADING       a table or a block of bench/results/FILE, below that heading
    ```{equations} FILE              the index of formulas, see docs/book/equations.toml
    ```{quoted} PAPER.KEY            a table of somebody else's paper, of docs/book/papers/quoted.toml

and within a sentence, where no number is typed by hand:

    {quoted}`PAPER.KEY`              a figure of a paper, of that file
    {printed}`3.14 <9: TITLE>`       a figure that chapter 9 prints below `== TITLE ==`;
                                     `<9 without PART: TITLE>` prints without a part
    {section}`TITLE <9>`             such a title
    {recorded}`3.14 <FILE: HEADING>` a figure of bench/results/FILE, below that heading

The last three show what stands before the `<`; tests/tutorials/check_pages.cpp looks whether it is true.

Formulas are made by KaTeX while the site is built. A name of the library between ticks becomes a
link to its page of the reference. Names of axes have one colour everywhere.
"""

import html
import json
import os
import pathlib
import re
import subprocess
import tomllib
import xml.etree.ElementTree as xml

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole

HOUSE = pathlib.Path(os.environ["LECTERN_HOUSE"])
REFERENCE = pathlib.Path(os.environ.get("LECTERN_TAGS", "none"))
AXES = ("batch source target length query key head d_model d_head d_ff vocab layer bucket chunk round "
        "word token row column in out hidden").split()


class Quoting(SphinxDirective):
    """A directive that quotes files of its chapter."""

    def folder(self):
        return pathlib.Path(self.env.srcdir) / self.env.docname

    def read(self, path):
        if not path.exists():
            raise self.error(f"there is no {path.name}")
        self.env.note_dependency(str(path))
        return path.read_text()

    def block(self, text, language, caption=None):
        text = text.strip("\n")
        node = nodes.literal_block(text, text, language=language)
        node["classes"].append("printed" if language == "text" else "code")
        self.set_source_info(node)
        if not caption:
            return [node]
        box = nodes.container("", literal_block=True, classes=["literal-block-wrapper"])
        box += nodes.caption(caption, caption)
        box += node
        return [box]


def dedented(lines):
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


class Listing(Quoting):
    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"file": directives.unchanged}

    def run(self):
        name = self.options.get("file", "chapter.cpp")
        mark = f"// [{self.arguments[0]}]"
        lines = self.read(self.folder() / name).splitlines()
        places = [i for i, line in enumerate(lines) if line.strip() == mark]
        if len(places) != 2:
            raise self.error(f"{name} has {len(places)} lines {mark}, and should have two")
        return self.block(dedented(lines[places[0] + 1:places[1]]), "cpp")


class Output(Quoting):
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"without": directives.unchanged}

    def run(self):
        part = self.options.get("without")
        name = f"expected_without_{part}.txt" if part else "expected.txt"
        text = re.sub(r" *⟨[^⟩]*⟩", "", self.read(self.folder() / name))
        if self.arguments:
            title = f"== {self.arguments[0]} ==\n"
            if title not in text:
                raise self.error(f"{name} has no {title.strip()}")
            text = text.split(title, 1)[1].split("\n== ", 1)[0]
        return self.block(text, "text")


class Library(Quoting):
    required_arguments = 2

    def run(self):
        path, name = self.arguments
        lines = self.read(HOUSE / path).splitlines()
        begins = [i for i, line in enumerate(lines)
                  if re.search(rf"\b{re.escape(name)}\(", line) and not line.startswith((" ", "/"))]
        for begin in begins:
            end = next((i for i in range(begin, len(lines)) if lines[i] in ("}", "};")), None)
            declared = next((i for i in range(begin, len(lines)) if lines[i].endswith(";")), len(lines))
            if end is not None and not declared < next(i for i in range(begin, len(lines)) if "{" in lines[i]):
                return self.block("\n".join(lines[begin:end + 1]), "cpp", path)
        raise self.error(f"{path} has no function {name}")


class Recorded(Quoting):
    required_arguments = 1
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        name = self.arguments[0]
        text = self.read(HOUSE / "bench/results" / name)
        if len(self.arguments) > 1:
            found = re.search(rf"^#+ {re.escape(self.arguments[1])}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
            if not found:
                raise self.error(f"bench/results/{name} has no heading {self.arguments[1]}")
            text = found[1]
        text = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", text)  # files beside it are no pages
        box = nodes.container(classes=["recorded"])
        self.state.nested_parse(StringList(text.splitlines(), name), 0, box)
        return [box]


class Equations(Quoting):
    """A section a paper, a formula after the other, and for each what calculates, holds and shows it."""

    required_arguments = 1

    def run(self):
        index = tomllib.loads(self.read(pathlib.Path(self.env.srcdir) / self.arguments[0]))
        out = []
        for paper in index["paper"]:
            section = nodes.section(ids=[nodes.make_id(paper["key"])])
            section += nodes.title("", paper["title"])
            lines = [f"<{paper['address']}>", ""]
            for entry in index["equation"]:
                if entry["paper"] == paper["key"]:
                    lines += self.lines(entry)
            self.state.nested_parse(StringList(lines, self.arguments[0]), 0, section)
            out.append(section)
        return out

    def lines(self, entry):
        number = f"({entry['number']}) " if "number" in entry else ""
        page = f"chapters/{entry['chapter']}"
        title = (pathlib.Path(self.env.srcdir) / f"{page}.md").read_text().split("\ntitle: ", 1)[1].split("\n", 1)[0]
        return [f"**{number}{entry['name']}**, section {entry['section']}".replace("section appendix", "appendix"),
                "", "$$", *entry["formula"].splitlines(), "$$", "",
                f"`{entry['function']}` in *{entry['file']}* · held by “{entry['test']}” · "
                f"picture *{entry['picture']}* in [{title}]({page}.md)", ""]


class Quoted:
    """A figure or a table of docs/book/papers/quoted.toml, for the role and for the directive."""

    def __init__(self, env, key):
        file = pathlib.Path(env.srcdir) / "papers/quoted.toml"
        env.note_dependency(str(file))
        name, _, figure = key.partition(".")
        paper = tomllib.loads(file.read_text()).get(name, {})
        if figure not in paper:
            raise ExtensionError(f"{env.docname}: quoted.toml has no {key}")
        self.entry = paper[figure]
        self.place = f"{paper['title']}, {self.entry['place']}"


class QuotedTable(Quoting):
    required_arguments = 1

    def run(self):
        quoted = Quoted(self.env, self.arguments[0])
        columns = quoted.entry["columns"]
        lines = ["| " + " | ".join(cells) + " |"
                 for cells in (columns, ["---"] + ["--:"] * (len(columns) - 1), *quoted.entry["rows"])]
        box = nodes.container(classes=["quoted"])
        self.state.nested_parse(StringList([*lines, "", f"*{quoted.place}*"], "quoted.toml"), 0, box)
        return [box]


class QuotedFigure(SphinxRole):
    """The figure; a pointer that rests on it is told its place."""

    def run(self):
        quoted = Quoted(self.env, self.text)
        return [nodes.abbreviation("", quoted.entry["text"], explanation=quoted.place)], []


class Held(SphinxRole):
    """Shows what stands before the `<`; the rest tells the test where it is true."""

    def run(self):
        figure = re.sub(r"\s*<[^<>]*>$", "", self.text)
        return [nodes.emphasis("", figure) if self.name == "section" else nodes.inline("", figure)], []


class Picture(Quoting):
    required_arguments = 1
    has_content = True
    option_spec = {"from": directives.unchanged}

    def run(self):
        name, chapter = self.arguments[0], self.options.get("from")
        folder = pathlib.Path(self.env.srcdir) / "chapters" / chapter if chapter else self.folder()
        text = self.read(folder / f"{name}.svg")
        figure = nodes.figure(classes=["picture"])
        figure += nodes.raw("", inlined(self.env, text), format="html")
        if self.content:
            caption = nodes.caption()
            caption["classes"].append("caption-text")
            inner = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, inner)
            for child in inner.children:
                caption += child.children if isinstance(child, nodes.paragraph) else [child]
            figure += caption
        return [figure]


def inlined(env, svg):
    """The picture for the inside of a page. Its style goes to pictures.css, where it follows the
    reader's choice of light and dark."""
    svg = re.sub(r"^<\?xml[^>]*>\s*", "", svg)
    style = re.search(r"<style>(.*?)</style>", svg, re.S)
    if style:
        styles = env.picture_styles = getattr(env, "picture_styles", [])
        if style[1] not in styles:
            styles.append(style[1])
        kind = f"picture-{styles.index(style[1])}"
        svg = svg.replace(style[0], "", 1).replace("<svg ", f'<svg class="{kind}" ', 1)
    width = re.search(r'width="([0-9.]+)"', svg)
    label = re.search(r'aria-label="([^"]*)"', svg)
    scroll = f'<div class="scroll" tabindex="0" role="region" aria-label="picture, can be scrolled: {label[1] if label else ""}">'
    return f'{scroll}<div style="min-width:min(100%,{width[1] if width else 0}px)">{svg}</div></div>'


def picture_css(styles):
    """Styles that were each a file's own, under a class for each, light and dark."""
    dark_rule = re.compile(r"@media (?:screen and )?\(prefers-color-scheme:dark\)\{(.*?)\}\}", re.S)
    out = []
    for number, style in enumerate(styles):
        kind = f".picture-{number}"
        style = style.replace(":root{background:var(--paper)}", "")  # the page has its own paper
        dark = "".join(f"{rule}}}" for rule in dark_rule.findall(style))
        light = dark_rule.sub("", style)
        light, dark = (re.sub(r":root", "&", re.sub(r"(^|\})\s*svg(?=[ {])", r"\1&", part)) for part in (light, dark))
        out.append(f"{kind}{{{light}}}\n@media screen{{body[data-theme=dark] {kind}{{{dark}}}}}\n"
                   f"@media screen and (prefers-color-scheme:dark){{body[data-theme=auto] {kind}{{{dark}}}}}\n")
    return "".join(out)


class Bridge(Quoting):
    """The rows between two `// [REGION]` of the program: `// torch: THEIRS | HEADER`, then ours."""

    required_arguments = 1

    def run(self):
        text = self.read(self.folder() / "chapter.cpp")
        region = text.split(f"// [{self.arguments[0]}]\n")[1]
        table = nodes.table(classes=["bridge"])
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (4, 5, 3)]
        head, body = nodes.thead(), nodes.tbody()
        head += row_of([nodes.paragraph("", word) for word in ("PyTorch", "Lectern", "header")])
        for row in re.finditer(r"// torch: (.*?) \| (\S+)\n(.*?)\n *\n", region, re.S):
            theirs, header, ours = row.groups()
            shown = re.sub(r"^show\((.*)\);$", r"\1", dedented(ours.splitlines()), flags=re.S | re.M)
            cells = [nodes.literal_block(theirs, theirs, language="python"),
                     nodes.literal_block(shown, shown, language="cpp"),
                     nodes.paragraph("", "", nodes.literal(header, header))]
            body += row_of(cells)
        group += [head, body]
        table += group
        return [table]


def row_of(cells):
    row = nodes.row()
    row += [nodes.entry("", cell) for cell in cells]
    return row


class Folded(nodes.General, nodes.Element):
    """<details>, with a question as its <summary>."""


def visit_folded(self, node):
    self.body.append(f'<details class="{node["kind"]}"><summary>{html.escape(node["question"])}</summary>\n')


def depart_folded(self, node):
    self.body.append("</details>\n")


class Predict(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        box = nodes.container(classes=["predict"])
        question = nodes.paragraph(classes=["question"])
        question += nodes.strong("", "Predict: ")
        parsed, _ = self.state.inline_text(self.arguments[0], self.lineno)
        question += parsed
        folded = Folded(question="Answer", kind="answer")
        self.state.nested_parse(self.content, self.content_offset, folded)
        box += [question, folded]
        return [box]


class Exercise(Quoting):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        number, *rest = self.arguments[0].split(" ", 1)
        box = nodes.container(classes=["exercise"])
        title = nodes.paragraph(classes=["exercise-title"])
        title += nodes.strong("", f"Exercise {number}")
        title += nodes.Text("  " + " ".join(rest))
        box += title
        self.state.nested_parse(self.content, self.content_offset, box)
        lines = self.read(self.folder() / "exercises.cpp").splitlines()
        solution, inside = [], False
        for line in lines:
            if line.strip() == f"// [solution {number}]":
                inside = True
            elif line.strip() == "// [/solution]":
                inside = False
            elif inside:
                solution.append(line)
        if not solution:
            raise self.error(f"exercises.cpp has no // [solution {number}]")
        folded = Folded(question="A solution", kind="solution")
        folded += self.block(dedented(solution), "cpp")
        box += folded
        return [box]


class Formulas:
    """Formulas, made once each by one KaTeX that runs beside."""

    def __init__(self):
        self.made, self.process = {}, None

    def html(self, tex, display):
        key = (tex, display)
        if key not in self.made:
            if self.process is None:
                self.process = subprocess.Popen(
                    ["node", str(pathlib.Path(__file__).with_name("katex.js"))], text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
            if "error" in answer:
                raise ExtensionError(f"the formula {tex!r}: {answer['error']}")
            self.made[key] = answer["html"]
        return self.made[key]


formulas = Formulas()


def visit_math(self, node):
    self.body.append(formulas.html(node.astext(), False))
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(f'<div class="formula" tabindex="0">{formulas.html(node.astext(), True)}</div>\n')
    raise nodes.SkipNode


class Reference(SphinxPostTransform):
    """Links names of the library between ticks to their page of the reference."""

    default_priority = 400
    names = None

    def run(self, **_):
        if Reference.names is None:
            Reference.names = dict(names_of_reference())
        up = "../" * self.env.docname.count("/")
        for literal in list(self.document.findall(nodes.literal)):
            if isinstance(literal.parent, nodes.reference):
                continue
            page = self.names.get(literal.astext().removesuffix("()").removeprefix("lectern::"))
            if page:
                link = nodes.reference("", "", refuri=f"{up}api/{page}", classes=["api"])
                literal.replace_self(link)
                link += literal


def names_of_reference():
    """Names of types and functions, and the pages of Doxygen's tag file that describe them. What belongs to a
    class or to another namespace than lectern has that in its name: `copy` is NumPy's, `cuda::copy` is ours."""
    if not REFERENCE.exists():
        return
    functions, members = {}, {}
    for compound in xml.parse(REFERENCE).getroot().iter("compound"):
        kind, name = compound.get("kind"), (compound.findtext("name") or "").removeprefix("lectern::")
        if kind in ("class", "struct"):
            yield name, compound.findtext("filename")
        if kind == "file":
            yield (compound.findtext("path") or "") + name, compound.findtext("filename")
        found = {"namespace": functions, "class": members, "struct": members}.get(kind)
        if found is None:
            continue
        for member in compound.iter("member"):
            if member.get("kind") == "function":
                place = order_of_overload(member.findtext("arglist") or "")
                page = f"{member.findtext('anchorfile')}#{member.findtext('anchor')}"
                found.setdefault(f"{name}::{member.findtext('name')}".removeprefix("lectern::"), []).append((place, page))
    for name, overloads in members.items():
        yield name, overloads[0][1]
    for name, overloads in functions.items():
        place, page = min(overloads, key=lambda overload: overload[0])
        if place > 0 and f"Tensor::{name}" in members:  # reshape: of a tensor it is a member
            page = members[f"Tensor::{name}"][0][1]
        if place < INTERNAL:
            yield name, page


INTERNAL = 3


def order_of_overload(parameters):
    """Which of several functions of one name a reader means: that of tensors before that of variables, then
    any other; templates over pointers and registers are what those are made of."""
    if re.search(r"\bT \*|\bVector<", parameters):
        return INTERNAL
    return 0 if "Tensor &" in parameters else 1 if "Variable &" in parameters else 2


def quote_head(app, name, source):
    """The head of a page says `key: any words`; YAML wants words with a colon in quotes."""
    head = re.match(r"---\n(.*?)\n---\n", source[0], re.S)
    if head:
        lines = [re.sub(r"^(\w+): (.*)$", lambda line: f"{line[1]}: {json.dumps(line[2], ensure_ascii=False)}", line)
                 for line in head[1].splitlines()]
        source[0] = "---\n" + "\n".join(lines) + "\n---\n" + source[0][head.end():]


def headed(app, document):
    """Below a chapter's title: its number, how long it takes, how to run it, where its pictures go."""
    head = app.env.metadata[app.env.docname]
    title = next(iter(document.findall(nodes.title)), None)
    if "number" not in head or title is None:
        return
    line = nodes.paragraph(classes=["chapter-head"])
    line += nodes.Text(f"Chapter {head['number']} · {head['minutes']} minutes to read · "
                       f"{head['seconds']} second{'' if str(head['seconds']) == '1' else 's'} to run: ")
    line += nodes.literal("", f"lectern tutorial {head['number']}")
    line += nodes.Text(", which draws its pictures into ")
    line += nodes.literal("", f"runs/tutorial/{int(head['number']):02}")
    title.parent.insert(title.parent.index(title) + 1, line)


def run_here(app, page, template, context, document):
    """Below a chapter's head, where its program was compiled for browsers: what run.js makes a button of."""
    head = app.env.metadata.get(page, {})
    place = re.search(r'<p class="chapter-head">.*?</p>\n', context.get("body", ""), re.S)
    programs = pathlib.Path(app.srcdir) / "_static/web"
    if not place or not programs.exists():
        return
    number = f"{int(head['number']):02}"
    if (programs / f"{number}.js").exists():
        folder = pathlib.Path(app.srcdir) / page
        parts = [part for part in re.split(", *", head.get("without", "")) if part]
        expected = {"": (folder / "expected.txt").read_text()}
        expected |= {part: (folder / f"expected_without_{part}.txt").read_text() for part in parts}
        seconds, note = told_time(number)
        settings = tomllib.loads((folder / "settings.toml").read_text()) if "settings" in head else {}
        data = {"program": context["pathto"](f"_static/web/{number}.js", 1), "expected": expected,
                "settings": settings, "seconds": seconds, "note": note}
        inside = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        block = (f'<div class="run-here"><script type="application/json">{inside}</script></div>\n'
                 f'<script src="{context["pathto"]("_static/run.js", 1)}" defer></script>\n')
    elif "browser" in head:
        block = f'<p class="chapter-head">It does not run in a browser: {html.escape(head["browser"])}.</p>\n'
    else:
        return
    context["body"] = context["body"][:place.end()] + block + context["body"][place.end():]


def told_time(number):
    """How long a chapter's program took in a browser, and a sentence that says so, where that was measured
    (`in_browser.py --record`)."""
    files = sorted((HOUSE / "bench/results").glob("web-*.tsv"))
    rows = [line.split("\t") for line in files[-1].read_text().splitlines()] if files else []
    for row in rows:
        if row[:2] == [number, ""]:
            seconds = float(row[3])
            told = f"{seconds:.0f} seconds" if seconds >= 1.5 else "a second"
            return seconds, f"It took {told} in Chromium when this page was measured."
    return 0, ""


def colour_axes(page):
    """Names of axes in shapes, [batch, query], each in its colour, in code and in text."""
    axis = re.compile(r"\b(" + "|".join(AXES) + r")\b")

    def coloured(found):
        return axis.sub(lambda name: f'<span class="axis axis-{name[1]}">{name[1]}</span>', found[0])

    shape = re.compile(r"\[(?:[a-z_0-9 ·/]+, )*[a-z_0-9 ·/]+\]")
    within = re.compile(r'(<span class="c1">[^<]*</span>|<code class="docutils literal notranslate"><span class="pre">.*?</code>)', re.S)

    def part(found):
        text = re.sub(r'</span> <span class="pre">', " ", found[0])
        return shape.sub(coloured, text) if shape.search(text) else found[0]

    return within.sub(part, page)


def follow_the_screen(out):
    """Some builds of the theme are dark only where the reader chooses so: then they learn to be so where
    the reader's screen is, too."""
    theme = (out / "_static" / "styles" / "furo.css").read_text()
    dark = re.findall(r'body\[data-theme="?dark"?\] *(\{[^}]*--color[^}]*\})', theme)
    if "prefers-color-scheme" not in theme and dark:
        rules = "".join(f'body:not([data-theme="light"]) {block}' for block in dark)
        with (out / "_static" / "book.css").open("a") as style:
            style.write(f"\n@media screen and (prefers-color-scheme: dark) {{ {rules} }}\n")


def finish(app, exception):
    if exception:
        return
    out = pathlib.Path(app.outdir)
    follow_the_screen(out)
    (out / "_static" / "pictures.css").write_text(picture_css(getattr(app.env, "picture_styles", [])))
    for page in out.rglob("*.html"):
        if "api" not in page.parts:
            page.write_text(colour_axes(page.read_text()))
    if formulas.process:
        formulas.process.stdin.close()
        formulas.process.wait()


def setup(app):
    for name, kind in {"listing": Listing, "output": Output, "library": Library, "picture": Picture,
                       "predict": Predict, "exercise": Exercise, "recorded": Recorded, "bridge": Bridge,
                       "equations": Equations, "quoted": QuotedTable}.items():
        app.add_directive(name, kind)
    app.add_role("quoted", QuotedFigure())
    for name in ("printed", "section", "recorded"):
        app.add_role(name, Held())
    app.add_node(Folded, html=(visit_folded, depart_folded))
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_post_transform(Reference)
    app.connect("source-read", quote_head)
    app.connect("doctree-read", headed)
    app.connect("html-page-context", run_here)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": False}
