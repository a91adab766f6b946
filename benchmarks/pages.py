"""First view and widget response of each page in a real Chromium; prints JSON.

python -m benchmarks.pages RUNS
"""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial

from benchmarks.measure import milliseconds, serving, summary

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Each page with two answers of one of its controls, to go back and forth between.
_PAGES = {
    "": None,
    "classify": ("Board game", "Green tea"),
    "what_if": None,
    "catalogue": None,
    "review": None,
    "automation": None,
    "story": None,
    "types": ("Share", "Products"),
    "text": ("Description", "Title"),
    "images": ("Domain", "Median"),
    "map": ("By photo", "By text"),
    "preparation": ("Swimming pool", "Board game"),
    "compare": ("Two models", "The best"),
    "errors": ("Code", "Domain"),
    "inside": None,
    "labels": None,
}
# The answer is there when the page last changed before it stood still for half a second.
_CLICK = """
label => new Promise((resolve, reject) => {
  const main = document.querySelector('[data-testid=stMain]');
  const button = [...main.querySelectorAll('button')]
    .find(each => each.innerText.split('\\n').some(line => line.trim() === label));
  if (!button) { reject(new Error('no button ' + label)); return; }
  const start = performance.now();
  let last = null;
  const observer = new MutationObserver(() => { last = performance.now(); });
  observer.observe(main, {attributes: true, childList: true, characterData: true, subtree: true});
  button.click();
  const timer = setInterval(() => {
    const now = performance.now();
    if (last !== null && now - last > 500) {
      clearInterval(timer); observer.disconnect(); resolve(last - start);
    } else if (now - start > 15000) {
      clearInterval(timer); observer.disconnect(); reject(new Error('no answer to ' + label));
    }
  }, 50);
})
"""
_READY = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def main(runs: int) -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    result = {}
    with serving() as (address, _process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})

        def view(name: str, run: int) -> None:
            page.goto(f"{address}/{name}")
            page.wait_for_selector("h1")
            page.wait_for_function(_READY)

        for name, answers in _PAGES.items():
            first = milliseconds(partial(view, name), runs, warm_up=2)
            page.wait_for_timeout(1500)
            found = {"first_view": summary(first)}
            if answers:
                responses = [page.evaluate(_CLICK, answers[run % 2]) for run in range(2 * runs + 2)]
                found["widget"] = summary(responses[2:])
            result[name or "home"] = found
        browser.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]))
