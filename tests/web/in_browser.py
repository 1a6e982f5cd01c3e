#!/usr/bin/python3
"""Runs a chapter's program in its page, as a reader does, and prints what the page shows:

    in_browser.py SITE NUMBER [--width 390] [--shots FOLDER] [--without PART]

The page is opened from the folder SITE, without a network, in Chromium. What the program prints goes to
standard output and its pictures into the folder where this is started, so that check_chapter can hold both
to the book; how long it took, and how much memory the page's processes had, to standard error. Beside that
it looks whether the first line comes within two seconds, whether a run that is stopped leaves the page
usable, and whether all of it fits on the screen. Ends with 77 where Selenium or Chromium is missing.
"""

import argparse
import base64
import pathlib
import shutil
import sys
import time
import urllib.parse

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    print("skipped: without python3-selenium nobody opens the pages")
    sys.exit(77)

LINES = "return document.querySelector('.run-here pre').textContent"
STATUS = "return document.querySelector('.run-status').textContent"
STATE = "return document.querySelector('.run-here').dataset.state || ''"
PICTURES = ("return [...document.querySelectorAll('.run-pictures figure')].map((each) =>"
            " [each.querySelector('figcaption').textContent, each.querySelector('img').src,"
            "  each.querySelector('img').naturalWidth])")
WIDTH = "return [document.scrollingElement.scrollWidth, window.innerWidth]"


def open_browser(width):
    options = Options()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    return browser


def resident(browser):
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
        return process == str(browser.service.process.pid) or process in parents and ours(parents[process])

    return max((size for process, size in sizes.items() if ours(process)), default=0)


def wait_for(what, seconds):
    begin = time.monotonic()
    while not what():
        if time.monotonic() - begin > seconds:
            return None
        time.sleep(0.02)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("number")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--seconds", type=int, default=900)
    parser.add_argument("--shots")
    parser.add_argument("--without", default="")
    wish = parser.parse_args()
    page = next(pathlib.Path(wish.site).resolve().glob(f"chapters/{wish.number}_*.html"))
    if not shutil.which("chromedriver"):
        print("skipped: without chromium-driver nobody opens the pages")
        return 77
    browser = open_browser(wish.width)
    try:
        return run(browser, page, wish)
    finally:
        browser.quit()


def run(browser, page, wish):
    say = lambda *words: print(*words, file=sys.stderr)
    click = lambda: browser.execute_script("document.querySelector('.run-button').click()")
    browser.get(page.as_uri())
    if not browser.find_elements("css selector", ".run-button"):
        print("skipped: the page has no program to run; try cmake --preset web && cmake --build --preset web")
        return 77
    click()  # and stopped at once: the page goes on
    click()
    browser.execute_script("const part = document.querySelector(`.run-here input[value='${arguments[0]}']`);"
                           "if (part) part.checked = true", wish.without)
    click()
    first = wait_for(lambda: browser.execute_script(LINES), 60)
    took = wait_for(lambda: browser.execute_script(STATE) == "done" or "rror" in browser.execute_script(STATUS),
                    wish.seconds)
    say(f"{wish.number}: first line after {first or 60:.2f} s; {browser.execute_script(STATUS)} "
        f"{resident(browser)} MiB")
    print(browser.execute_script(LINES), end="")
    for name, source, width in browser.execute_script(PICTURES):
        if width == 0:
            print(f"(the picture {name} is not shown)")
        pathlib.Path(name).write_text(urllib.parse.unquote(source.split(",", 1)[1]))
    wide, screen = browser.execute_script(WIDTH)
    if wide > screen:
        print(f"({wide} wide on a screen of {screen})")
    if wish.shots:
        shoot(browser, wish)
    return 0 if took is not None else 1


def shoot(browser, wish):
    box = browser.execute_script("const box = document.querySelector('.run-here').getBoundingClientRect();"
                                 "return [box.top + scrollY, box.height]")
    clip = {"x": 0, "y": max(0, box[0] - 150), "width": wish.width, "height": min(box[1] + 250, 3000), "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    file = pathlib.Path(wish.shots) / f"run_{wish.number}_{wish.width}.png"
    file.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    sys.exit(main())
