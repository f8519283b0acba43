"""The event page in a browser: each state, the opening, a node that dies under it."""
from selenium.webdriver.common.keys import Keys

from browser import Browser, until


def page_of(node, browser, coupon):
    browser.open(f"{node.url}/events/{coupon}")


def states(node, browser):
    one = node.coupon("Spring sale", 1)
    page_of(node, browser, one)
    browser.reads("Open now.")
    assert browser.marked("status").get_attribute("role") == "status"
    browser.press("press")
    browser.reads("digits only")
    browser.marked("user").send_keys("42", Keys.ENTER)  # by keyboard alone
    browser.reads("number 1 of 1")
    browser.shot("event-yours")
    page_of(node, browser, one)
    browser.reads("Sold out.")
    browser.marked("user").send_keys("43")
    browser.press("press")
    browser.reads("Sold out.")
    browser.shot("event-sold-out")
    page_of(node, browser, one)
    browser.marked("user").send_keys("42")
    browser.press("press")
    browser.reads("number 1 of 1")  # who has it hears so, sold out or not

    page_of(node, browser, node.coupon("Over", opens_in_s=-60, ends_in_s=-30))
    browser.reads("has ended")
    page_of(node, browser, 999999)
    browser.reads("no such coupon")
    assert not browser.marked("press").is_enabled()

    paused = node.coupon("Held")
    node.change(paused, paused=True)
    page_of(node, browser, paused)
    browser.reads("Paused")
    assert not browser.marked("press").is_enabled()
    node.change(paused, paused=False)
    browser.reads("Open now.")


def opening(node, browser):
    soon = node.coupon("Opens while we look", opens_in_s=600)
    page_of(node, browser, soon)
    browser.shows("countdown")
    browser.reads("00:0", "countdown")
    assert not browser.marked("press").is_enabled()
    browser.shot("event-before")
    browser.marked("user").send_keys("7")
    node.opens_in(soon, 5)  # the page learns of it by itself, and opens by the clock
    browser.press("press")
    browser.reads("number 1 of 500")


def killed_node(node, browser):
    coupon = node.coupon("Through a crash")
    page_of(node, browser, coupon)
    browser.reads("Open now.")
    node.kill()
    browser.reads("cannot be reached")
    browser.shot("event-lost")
    node.start()
    browser.reads("Open now.")
    browser.marked("user").send_keys("8")
    browser.press("press")
    browser.reads("number 1 of 500")


def narrow_and_dark(node, browser):
    coupon = node.coupon("ALongTitleWithoutAnySpaceThatHasToBreakSomewhereOnAPhone <b>&")
    browser.width(320)
    browser.media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    page_of(node, browser, coupon)
    browser.reads("Open now.")
    assert not browser.overflows(), "the event page is wider than 320 px"
    assert "<b>" in browser.driver.title
    browser.shot("event-dark-320")
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(20, 23, 26)", ground


def korean(node, english):
    coupon = node.coupon("봄맞이 쿠폰", 3)
    with Browser(english.shots, "ko-KR") as browser:
        page_of(node, browser, coupon)
        browser.reads("지금 받을 수 있습니다.")
        browser.marked("user").send_keys("42")
        browser.press("press")
        browser.reads("3개 중 1번째")
        assert browser.run("return document.documentElement.lang") == "ko"
        browser.shot("event-ko")
        browser.open(f"{node.url}/console")
        until("the console is Korean", lambda: "운영 화면" in browser.driver.find_element("tag name", "h1").text)
