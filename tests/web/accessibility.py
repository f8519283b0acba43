"""What axe-core finds on the pages at WCAG 2.2 AA: nothing, in light and dark, in both languages."""
import pathlib

from browser import until
import console_page

ENGINE = (pathlib.Path(__file__).parent / "axe/axe.min.js").read_text()
RUN = """const done = arguments[0];
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
  (r) => done(r.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} (${n.failureSummary})`))), (e) => done([String(e)]));"""


def nothing_found(browser, where):
    browser.run(ENGINE)
    browser.driver.set_script_timeout(60)
    found = browser.driver.execute_async_script(RUN)
    assert not found, f"{where}: " + "\n".join(found)


def check(node, browser):
    open_one, soon = node.coupon("Spring sale", 500), node.coupon("Soon", 500, opens_in_s=600)
    node.issue(open_one, 1)
    for scheme in ("light", "dark"):
        browser.media(prefers_color_scheme=scheme)
        for coupon in (open_one, soon):
            browser.open(f"{node.url}/events/{coupon}")
            until("the page knows its coupon", lambda: browser.by_id("title").text.strip() and browser.marked("status").text)
            nothing_found(browser, f"event page, {scheme}")
        browser.open(f"{node.url}/")
        nothing_found(browser, f"index, {scheme}")
        browser.run("sessionStorage.clear()")
        browser.open(f"{node.url}/console")
        nothing_found(browser, f"console before the sign-in, {scheme}")
        console_page.sign_in(node, browser, node.token)
        console_page.choose(browser, open_one)
        browser.reads("499", "remaining")
        browser.by_id("who").send_keys("1\n")
        until("the user is found", lambda: browser.driver.find_elements("css selector", "#found-rows tr"))
        nothing_found(browser, f"console, {scheme}")
        browser.press("pause")
        browser.shows("confirm")
        nothing_found(browser, f"console's dialog, {scheme}")

