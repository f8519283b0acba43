"""Both pages on a phone of 320 px: nothing scrolls the page sideways, no row of the trail fills the screen, axe-core finds nothing."""
from browser import until
import accessibility
import console_page

ROW_PX = 568 // 2  # half of what the smallest phone shows
TALLEST = "return Math.max(...[...document.querySelectorAll('#trail-rows tr')].map((r) => r.offsetHeight))"


def fits(browser, where):
    assert not browser.overflows(), f"{where} is wider than 320 px"


def busy_coupon(node):
    """With a trail of each kind that an operator leaves here."""
    coupon = node.coupon("봄맞이 첫 구매 할인 Spring sale, the first two hundred who ask", 50, restock="pool")
    for user in range(1, 4):
        node.issue(coupon, user)
    for members in ({"totalQuantity": 80}, {"paused": True}, {"paused": False}, {"title": "Spring sale: the first eighty"}):
        node.change(coupon, **members)
    status, answer = node.ask("POST", f"/v1/coupons/{coupon}/issues/1/return", {"reason": "주문을 취소함"}, node.token)
    assert status == 200, answer
    return coupon


def check(node, browser):
    coupon = busy_coupon(node)
    browser.width(320)
    for scheme in ("light", "dark"):
        browser.media(prefers_color_scheme=scheme)
        for page in ("", f"events/{coupon}"):
            browser.open(f"{node.url}/{page}")
            until("the page is there", lambda: browser.driver.find_element("tag name", "h1").text.strip())
            fits(browser, f"/{page}, {scheme}")
        accessibility.nothing_found(browser, f"event page on a phone, {scheme}")
        browser.run("sessionStorage.clear()")
        browser.open(f"{node.url}/console")
        fits(browser, f"console before the sign-in, {scheme}")
        console_page.sign_in(node, browser, node.token)
        console_page.choose(browser, coupon)
        browser.reads("78", "remaining")
        browser.by_id("who").send_keys("1\n")
        until("the user is found", lambda: browser.driver.find_elements("css selector", "#found-rows tr"))
        until("the trail is told", lambda: len(browser.driver.find_elements("css selector", "#trail-rows tr")) >= 6)
        fits(browser, f"console, {scheme}")
        browser.run("document.querySelector('details').open = true")
        fits(browser, f"console, {scheme}, with the form of changes")
        accessibility.nothing_found(browser, f"console on a phone, {scheme}")
        browser.run("document.getElementById('trail').scrollIntoView()")
        browser.shot(f"console-trail-320-{scheme}-{browser.run('return document.documentElement.lang')}")
        tallest = browser.run(TALLEST)
        assert tallest <= ROW_PX, f"a row of the trail is {tallest} px tall on a phone, {scheme}"
        browser.press("pause")
        browser.shows("confirm")
        fits(browser, f"console's dialog, {scheme}")
    browser.width(1000)
