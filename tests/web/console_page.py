"""An operator's work on the console, in a browser."""
from selenium.webdriver.common.keys import Keys

from browser import until


def sign_in(node, browser, token):
    browser.open(f"{node.url}/console")
    browser.marked("token").send_keys(token)
    browser.press("sign-in")


def choose(browser, coupon):
    row = f'[data-coupon="{coupon}"]'
    until("the coupon is listed", lambda: browser.driver.find_elements("css selector", row))
    until("the coupon is chosen", lambda: browser.driver.find_element("css selector", row + " button").click() or True)


def work(node, browser):
    browser.width(1000)
    coupon = node.coupon("On the console", 50)
    sign_in(node, browser, "wrong")
    browser.id_reads("not accepted", "message")
    browser.marked("token").send_keys(node.token)
    browser.press("sign-in")
    browser.shows("coupons")
    assert node.token not in browser.driver.current_url
    choose(browser, coupon)
    browser.reads("50", "remaining")
    for user in range(1, 21):
        node.issue(coupon, user)
    browser.reads("30", "remaining")
    browser.shot("console")

    browser.press("pause")
    browser.shows("confirm")
    assert "nobody gets it" in browser.by_id("what").text
    browser.shot("console-confirm")
    assert node.live(coupon)["paused"] is False, "paused before it was confirmed"
    browser.press("confirm")
    until("the coupon is paused", lambda: node.live(coupon)["paused"])
    browser.press("resume")
    browser.press("confirm")
    until("the coupon goes on", lambda: not node.live(coupon)["paused"])

    quantity = browser.by_id("quantity")
    quantity.clear()
    quantity.send_keys("80", Keys.ENTER)
    browser.press("confirm")
    until("the total is raised", lambda: node.live(coupon)["totalQuantity"] == 80)
    browser.reads("60", "remaining")
    browser.by_id("who").send_keys("3", Keys.ENTER)
    browser.id_reads("number", "found")
    browser.media(prefers_color_scheme="dark")
    browser.shot("console-dark")
