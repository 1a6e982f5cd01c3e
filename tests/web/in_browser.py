#!/usr/bin/python3
"""Runs a chapter's program in its page, as a reader does, and prints what the page shows:

    in_browser.py SITE NUMBER [--shots FOLDER] [--record FILE] [--without PART]

The page, and what it loads, is copied from the folder SITE and opened there without a network, in Chromium,
1280 pixels wide. What the program prints goes to standard output and its pictures into the folder where
this is started, so that check_chapter can hold both to the book. Without a part left out it does more: the
run is stopped while it loads, and once more when it has printed something, and started again; then the
screen is a phone's, 390 pixels wide, and the program runs again; then every slider is moved and every text
is another one. A line in parentheses says what was wrong: a page that is not usable after a stop, a second
run with another end, something wider than the screen, a page of 700 MiB or more. How long it took, and how
long it was to the first line, goes to standard error, and as a line into FILE: nobody is held to a time
here, since another program may have had the processor. Ends with 77 where Selenium or Chromium is missing.
"""

import argparse
import base64
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.parse

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    print("skipped: without python3-selenium nobody opens the pages")
    sys.exit(77)

MOST_MEMORY = 700  # [MiB]
LINES = "return document.querySelector('.run-here pre').textContent"
STATUS = "return document.querySelector('.run-status').textContent"
STATE = "return document.querySelector('.run-here').dataset.state || ''"
START = "document.querySelector('.run-here').dataset.state = ''; document.querySelector('.run-button').click()"
# Presses Stop where there is one. What the button and the page say then, or nothing where it has ended.
STOP = """
const button = document.querySelector(".run-button");
if (button.textContent !== "Stop") return "";
button.click();
return button.textContent + ": " + document.querySelector(".run-status").textContent;
"""
CHOOSE = """
const part = document.querySelector(`.run-here input[type=radio][value='${arguments[0]}']`);
part.checked = true;
part.dispatchEvent(new Event("change", { bubbles: true }));
"""
# Every slider to another place than the book's, every text to its first example.
CHANGE = """
const inputs = [...document.querySelectorAll(".run-setting input")];
for (const input of inputs) {
  if (input.type === "range") input.value = Number(input.value) + (input.value === input.min ? 1 : -1);
  else input.parentElement.querySelector(".run-example").click();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
return inputs.length;
"""
PICTURES = """
return [...document.querySelectorAll(".run-pictures figure")].map((each) => {
  const image = each.querySelector("img");
  return [each.querySelector("figcaption").textContent, image.src, image.naturalWidth];
});
"""
BOX = """
const box = document.querySelector(".run-here").getBoundingClientRect();
return [box.top + scrollY, box.height];
"""
WIDTH = "return [document.scrollingElement.scrollWidth, window.innerWidth]"


def copied(site, number, to):
    """The chapter's page in a folder of its own, without the reference and other chapters' programs."""
    def others(folder, names):
        inside = pathlib.Path(folder)
        if inside == site:
            return ["api"]
        return [name for name in names if inside.name == "web" and name != f"{number}.js"]

    shutil.copytree(site, to, ignore=others)
    return next(to.glob(f"chapters/{number}_*.html"))


def open_browser():
    options = Options()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


def wait_for(what, seconds):
    begin = time.monotonic()
    while not what():
        if time.monotonic() - begin > seconds:
            return None
        time.sleep(0.02)
    return time.monotonic() - begin


class Page:
    def __init__(self, browser, address, wish):
        self.browser, self.wish, self.width, self.shots = browser, wish, 0, 0
        self.widen(1280)
        browser.get(address)

    def ask(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def wrong(self, what):
        print(f"({what})")

    def widen(self, width):
        self.width = width
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})

    def run(self):
        """Starts the program. \\return  seconds to the first line, and to the end"""
        self.ask(START)
        begin = time.monotonic()
        first = wait_for(lambda: self.ask(LINES), 120) or 120
        if wait_for(lambda: self.ask(STATE), self.wish.seconds) is None:
            self.wrong(f"it has not ended after {self.wish.seconds} s: {self.ask(STATUS)}")
        took = time.monotonic() - begin
        self.look()
        return first, took

    def stop(self, when):
        """Starts the program, waits until `when`, and stops it, unless it has ended."""
        self.ask(START)
        wait_for(when, 120)
        said = self.ask(STOP)
        if said and not said.startswith("Run it again: Stopped after"):
            self.wrong(f"what the page says after a stop: {said}")

    def verdict(self):
        """What the page says at the end, without the time that it took."""
        return self.ask(STATUS).split(" s", 1)[-1]

    def look(self):
        wide, screen = self.ask(WIDTH)
        if wide > screen:
            self.wrong(f"{wide} wide on a screen of {screen}")
        if self.wish.shots:
            self.shoot()

    def shoot(self):
        top, height = self.ask(BOX)
        clip = {"x": 0, "y": max(0, top - 150), "width": self.width, "height": min(height + 250, 3000), "scale": 1}
        shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        self.shots += 1
        name = f"{self.wish.number}_{self.wish.without}{self.shots}_{self.width}.png"
        (pathlib.Path(self.wish.shots) / name).write_bytes(base64.b64decode(shot["data"]))

    def memory(self):
        """MiB that the largest process of the browser, the page's, has had at most."""
        parents, sizes = {}, {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                said = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
                parents[folder.name] = said["PPid"].strip()
                if "--type=renderer" in (folder / "cmdline").read_text():
                    sizes[folder.name] = int(said["VmHWM"].split()[0]) // 1024
            except (OSError, KeyError):
                continue  # it has just ended

        def ours(process):
            return process == str(self.browser.service.process.pid) or process in parents and ours(parents[process])

        return max((size for process, size in sizes.items() if ours(process)), default=0)


def show(page):
    """What the page shows, for check_chapter."""
    print(page.ask(LINES), end="")
    for name, source, width in page.ask(PICTURES):
        if width == 0:
            page.wrong(f"the picture {name} is not shown")
        pathlib.Path(name).write_text(urllib.parse.unquote(source.split(",", 1)[1]))


def run(page):
    wish = page.wish
    if not page.ask("return document.querySelector('.run-button') !== null"):
        print("skipped: the page has no program to run; try cmake --preset web && cmake --build --preset web")
        return
    if wish.without:
        page.ask(CHOOSE, wish.without)
    else:
        page.stop(lambda: True)
        page.stop(lambda: page.ask(LINES) or page.ask(STATE))
    first, took = page.run()
    show(page)
    if not wish.without:
        verdict = page.verdict()
        page.widen(390)
        page.run()
        if page.verdict() != verdict:
            page.wrong(f"on a phone: {page.ask(STATUS)}; before: {verdict}")
        if page.ask(CHANGE):
            page.run()
            if not page.verdict().startswith(", with other settings"):
                page.wrong(f"with other settings: {page.ask(STATUS)}\n{page.ask(LINES)}")
    memory = page.memory()
    if memory >= MOST_MEMORY:
        page.wrong(f"the page has {memory} MiB")
    row = f"{wish.number}\t{wish.without}\t{first:.2f}\t{took:.1f}\t{memory}"
    print("chapter, without, seconds to the first line, to the end, MiB:", row.replace("\t", " "), file=sys.stderr)
    if wish.record:
        with open(wish.record, "a") as file:
            file.write(row + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("number")
    parser.add_argument("--seconds", type=int, default=900)
    parser.add_argument("--shots")
    parser.add_argument("--record")
    parser.add_argument("--without", default="")
    wish = parser.parse_args()
    if not shutil.which("chromedriver"):
        print("skipped: without chromium-driver nobody opens the pages")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        address = copied(pathlib.Path(wish.site).resolve(), wish.number, pathlib.Path(folder) / "site").as_uri()
        browser = open_browser()
        try:
            run(Page(browser, address, wish))
        finally:
            browser.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
