"""The event page in a browser: each state, the opening, a node that dies under it."""
from selenium.webdriver.common.keys import Keys

from browser import until


def page_of(node, browser, coupon):
    browser.open(f"{node.url}/events/{coupon}")


def states(node, browser):
    one = node.coupon("Spring sale", 1)
    page_of(node, browser, one)
    browser.reads("Open now.")
    assert browser.marked("status").get_attribute("role") == "status"
    browser.press("press")
    browser.reads("digits only")
    browser.let_it_draw(3)
    browser.reads("digits only")  # what is wrong can be read at leisure
    browser.marked("user").send_keys("4")
    browser.reads("Open now.")
    browser.marked("user").send_keys("2", Keys.ENTER)  # by keyboard alone
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


def back_again(node, browser):
    """Who returned the coupon reads so, and gets no second one."""
    coupon = node.coupon("Given back", 5)
    node.issue(coupon, 42)
    status, answer = node.ask("POST", f"/v1/coupons/{coupon}/issues/42/return", {"reason": "no longer wanted"}, node.token)
    assert status == 200, answer
    page_of(node, browser, coupon)
    browser.reads("Open now.")
    browser.marked("user").send_keys("42", Keys.ENTER)
    browser.reads("You have returned this coupon.")
    browser.shot("event-returned")


def two_tabs(node, browser):
    """The same user in two tabs has one coupon, and both say which."""
    coupon = node.coupon("Twice the same", 5)
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    second = browser.driver.current_window_handle
    for tab in (first, second):
        browser.driver.switch_to.window(tab)
        page_of(node, browser, coupon)
        browser.reads("Open now.")
        browser.marked("user").send_keys("42")
    for tab in (first, second):
        browser.driver.switch_to.window(tab)
        browser.press("press")
        browser.reads("number 1 of 5")
    browser.driver.close()
    browser.driver.switch_to.window(first)
    assert node.live(coupon)["issuedQuantity"] == 1


WRONG_CLOCK = """const real = Date.now; Date.now = () => real() + 3600 * 1000;"""


def an_hour_wrong(node, browser):
    """The page goes by the node's clock, and says that the device's is off."""
    script = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WRONG_CLOCK})
    try:
        soon = node.coupon("By the server's clock", opens_in_s=1800)  # by the device's it opened long ago
        page_of(node, browser, soon)
        browser.reads("00:2", "countdown")
        browser.id_reads("Your clock is 3600 s off", "clock")
        assert not browser.marked("press").is_enabled()
        browser.shot("event-clock-wrong")
        browser.marked("user").send_keys("7")
        node.opens_in(soon, 3)
        browser.press("press")
        browser.reads("number 1 of 500")
    finally:
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


# The first two answers to the press say that the node is busy, as a node past its bound does.
BUSY = """const real = fetch; let left = 2;
fetch = (url, options) => options?.method === "POST" && left-- > 0
  ? Promise.resolve(new Response('{"code":"overloaded"}', {status: 503, headers: {"Retry-After": "1"}})) : real(url, options);"""


def asked_again(node, browser):
    """Overloaded is no answer: the page says so, waits as it is told, and asks again by itself."""
    script = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": BUSY})
    try:
        coupon = node.coupon("A busy moment", 5)
        page_of(node, browser, coupon)
        browser.reads("Open now.")
        browser.marked("user").send_keys("7", Keys.ENTER)
        browser.reads("Asking again in 1 s")
        browser.shot("event-busy")
        browser.reads("number 1 of 5")
    finally:
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def beside_a_crowd(node, browser):
    """One user in a thousand: the page answers while they ask."""
    coupon = node.coupon("A thousand beside it", 2000)
    page_of(node, browser, coupon)
    browser.reads("Open now.")
    with node.crowd(coupon, users=1000):
        until("the crowd has begun", lambda: node.live(coupon)["issuedQuantity"] > 10)
        browser.marked("user").send_keys("5000", Keys.ENTER)
        browser.reads("of 2000")


def without_script(node, browser):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        for page, words in ((f"/events/{node.coupon('No script')}", "needs JavaScript"), ("/console", "needs JavaScript")):
            browser.open(node.url + page)
            until("it says what is missing", lambda: words in browser.driver.find_element("tag name", "body").text)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def korean(node, browser):
    page_of(node, browser, node.coupon("봄맞이 쿠폰", 3))
    browser.reads("지금 받을 수 있습니다.")
    browser.marked("user").send_keys("42")
    browser.press("press")
    browser.reads("3개 중 1번째")
    assert browser.run("return document.documentElement.lang") == "ko"
    browser.shot("event-ko")
    browser.open(f"{node.url}/console")
    until("the console is Korean", lambda: "운영 화면" in browser.driver.find_element("tag name", "h1").text)
