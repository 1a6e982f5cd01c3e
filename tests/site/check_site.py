"""Opens the book as its readers do and says what is wrong with it: check_site.py SITE [SCREENSHOTS].

The site is copied to another folder and opened from there, without a network, in Chromium, at 1280, 1100 and
390 pixels, on a light and on a dark screen. On every page of the book:

- nothing is wider than the screen, so that nobody has to scroll sideways;
- every formula is set: there is no TeX to be read, and no error;
- every link leads to a page that is there, and to a place on it;
- headings follow each other without a gap, pictures and buttons have names, the page says its language,
  text stands out from its ground (4.5 : 1, large letters 3 : 1), what scrolls can be reached by keyboard;
- the words are spelled as a dictionary says, or as docs/book/words.txt does.

And the search finds what it should. Ends with 77 where Selenium or Chromium is missing.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    print("skipped: without python3-selenium nobody opens the pages")
    sys.exit(77)

HOUSE = pathlib.Path(__file__).resolve().parents[2]
SEARCHED = ["perplexity", "verb-final"]

WIDTH = "return [document.scrollingElement.scrollWidth, window.innerWidth]"

# What a page says of itself: formulas, headings, names, contrast.
LOOK = r"""
const found = [];
const seen = (node) => { const box = node.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
const article = document.querySelector("article") || document.body;
const plain = article.cloneNode(true);
plain.querySelectorAll(".katex, pre, code, script, style").forEach((node) => node.remove());
const tex = plain.textContent.match(/\\(frac|mathrm|sum|sqrt|dot|text|begin|left)\b|\$\$/);
if (tex) found.push("a formula that is not set: " + tex[0]);
if (document.querySelector(".katex-error")) found.push("a formula with an error");
if (document.querySelector(".system-message")) found.push("a message of the generator");
if (!document.documentElement.lang) found.push("the page does not say its language");
let level = 0;
for (const heading of article.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) found.push("the heading '" + heading.textContent + "' skips a level");
  level = next;
}
if (article.querySelectorAll("h1").length !== 1) found.push("not one heading of the first level");
for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) found.push("an image without a name");
for (const picture of document.querySelectorAll(".picture svg svg, .picture div > svg"))
  if (picture.getAttribute("role") === "img" && !picture.getAttribute("aria-label")) found.push("a picture without a name");
for (const button of document.querySelectorAll("button, a[href]"))
  if (seen(button) && !(button.textContent.trim() || button.getAttribute("aria-label") || button.title)) found.push("a button or link without a name: " + button.outerHTML.slice(0, 80));
for (const node of article.querySelectorAll("*")) {
  const style = getComputedStyle(node);
  if (/auto|scroll/.test(style.overflowX) && node.scrollWidth > node.clientWidth + 1 && node.tabIndex < 0 && !["PRE", "DIV", "TABLE"].includes(node.tagName))
    found.push("cannot be scrolled by keyboard: " + node.className);
}
const channel = (value) => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const parse = (colour) => { const part = colour.match(/[0-9.]+/g).map(Number); return [part.slice(0, 3), part.length > 3 ? part[3] : 1]; };
const ground = (node) => {
  const layers = [];
  for (let each = node; each; each = each.parentElement) {
    const [colour, alpha] = parse(getComputedStyle(each).backgroundColor);
    if (alpha > 0) layers.push([colour, alpha]);
    if (alpha === 1) break;
  }
  let result = [255, 255, 255];
  for (const [colour, alpha] of layers.reverse()) result = result.map((value, i) => value * (1 - alpha) + colour[i] * alpha);
  return result;
};
const faint = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !node || !seen(node) || node.closest("svg, script, style, .katex-mathml, noscript")) continue;
  const style = getComputedStyle(node);
  if (style.visibility === "hidden" || Number(style.opacity) === 0) continue;
  const [ink, alpha] = parse(style.color);
  const paper = ground(node);
  const mixed = ink.map((value, i) => value * alpha + paper[i] * (1 - alpha));
  const [a, b] = [light(mixed), light(paper)].sort((x, y) => y - x);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < (large ? 3 : 4.5) - 0.01) faint.add(node.className + " '" + walker.currentNode.textContent.trim().slice(0, 30) + "' " + ratio.toFixed(2) + " : 1");
}
for (const each of [...faint].slice(0, 5)) found.push("hard to read: " + each);
for (const label of document.querySelectorAll("article svg text")) {
  const box = label.getBoundingClientRect(), frame = label.closest("svg").getBoundingClientRect();
  if (box.right > frame.right + 2 || box.left < frame.left - 2) found.push("cut off in a picture: " + label.textContent);
}
return found;
"""


class Site:
    def __init__(self, folder, screenshots):
        self.folder, self.screenshots, self.problems = folder, screenshots, []
        self.pages = sorted(page for page in folder.rglob("*.html")
                            if "api" not in page.relative_to(folder).parts
                            and page.name not in ("genindex.html", "search.html"))

    def problem(self, page, what):
        self.problems.append(f"{page.relative_to(self.folder)}: {what}")

    def browser(self):
        options = Options()
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--host-resolver-rules=MAP * ~NOTFOUND", "--force-device-scale-factor=1"):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
        return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)

    def look(self, browser):
        for width, height in ((1280, 900), (1100, 900), (390, 844)):
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
            for scheme in ("light", "dark"):
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                    "features": [{"name": "prefers-color-scheme", "value": scheme}]})
                for page in self.pages:
                    browser.get(page.as_uri())
                    browser.execute_script("document.querySelectorAll('details').forEach((each) => each.open = true)")
                    wide, screen = browser.execute_script(WIDTH)
                    if wide > screen:
                        self.problem(page, f"{wide} wide on a screen of {screen}")
                    for what in browser.execute_script(LOOK):
                        self.problem(page, f"{width} px, {scheme}: {what}")
                    if self.screenshots:
                        self.shoot(browser, page, width, scheme)

    def shoot(self, browser, page, width, scheme):
        height = browser.execute_script("return document.scrollingElement.scrollHeight")
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": min(height, 16000), "deviceScaleFactor": 1, "mobile": width < 600})
        browser.save_screenshot(str(self.screenshots / f"{page.stem}_{width}_{scheme}.png"))
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})

    def search(self, browser):
        for word in SEARCHED:
            browser.get((self.folder / "search.html").as_uri() + "?q=" + word)
            browser.implicitly_wait(5)
            if not browser.find_elements("css selector", "ul.search li a"):
                self.problem(self.folder / "search.html", f"the search does not find '{word}'")

    def links(self):
        for page in self.pages:
            text = page.read_text()
            for link in re.findall(r'(?:href|src)="([^"]+)"', text):
                address, _, anchor = link.partition("#")
                if re.match(r"[a-z]+:", address):
                    continue
                target = (page.parent / urllib.parse.unquote(address.split("?")[0])).resolve() if address else page
                if not target.exists():
                    self.problem(page, f"leads to {link}, which is not there")
                elif anchor and target.suffix == ".html" and not re.search(
                        rf'(?:id|name)="{re.escape(urllib.parse.unquote(anchor))}"', target.read_text()):
                    self.problem(page, f"leads to {link}, a place that is not there")

    def spelling(self, browser):
        if not shutil.which("hunspell"):
            print("skipped: without hunspell nobody checks the spelling")
            return
        words = HOUSE / "docs/book/words.txt"
        for page in self.pages:
            browser.get(page.as_uri())
            prose = browser.execute_script(
                "const page = (document.querySelector('article') || document.body).cloneNode(true);"
                "page.querySelectorAll('pre, code, svg, .katex, .headerlink, .run-here, em, script').forEach((node) => node.remove());"
                "return page.textContent")
            prose = re.sub(r"[’']s\b|[’']", lambda found: "'" if found[0] in "’'" else "", prose)
            known = set(words.read_text().split())
            wrong = subprocess.run(["hunspell", "-l", "-d", "en_GB"], input=prose, capture_output=True, text=True)
            if wrong.returncode != 0:
                print(f"skipped: hunspell cannot check the spelling: {wrong.stderr.strip()}")
                return
            for word in sorted(set(wrong.stdout.split()) - known):
                if not re.fullmatch(r"[^a-z]+|.*[0-9].*", word):
                    self.problem(page, f"is '{word}' spelled so? If so, write it into docs/book/words.txt")


def main():
    screenshots = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    if not shutil.which("chromedriver"):
        print("skipped: without chromium-driver nobody opens the pages")
        return 77
    with tempfile.TemporaryDirectory() as place:
        site = Site(pathlib.Path(shutil.copytree(sys.argv[1], pathlib.Path(place) / "copied")), screenshots)
        if screenshots:
            screenshots.mkdir(parents=True, exist_ok=True)
        browser = site.browser()
        try:
            site.links()
            site.look(browser)
            site.search(browser)
            site.spelling(browser)
        finally:
            browser.quit()
        for problem in site.problems:
            print(problem)
        print(f"{len(site.pages)} pages, {len(site.problems)} problems")
        return 1 if site.problems else 0


if __name__ == "__main__":
    sys.exit(main())
