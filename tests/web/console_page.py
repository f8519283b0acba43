"""An operator's work on the console, in a browser."""
from selenium.webdriver.common.keys import Keys

from browser import until


def sign_in(node, browser, token):
    browser.open(f"{node.url}/")
    browser.run("sessionStorage.clear()")  # as a new tab has it
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

    browser.run("document.querySelector('details').open = true")
    quantity = browser.by_id("quantity")
    quantity.clear()
    quantity.send_keys("80", Keys.ENTER)
    browser.shows("confirm")
    assert "from 50 to 80" in browser.by_id("what").text
    browser.press("confirm")
    until("the total is raised", lambda: node.live(coupon)["totalQuantity"] == 80)
    browser.reads("60", "remaining")
    for done in ("raised", "resumed", "paused", "created"):
        browser.id_reads(done, "trail-rows")
    browser.id_reads("totalQuantity 80", "trail-rows")


def type_into(browser, field, words):
    browser.run("document.querySelector('details').open = true")
    place = browser.by_id(field)
    place.clear()
    place.send_keys(words)
    return place


def two_consoles(node, browser):
    """Each sends what its own operator changed: a form that was filled before does not undo the other's change."""
    coupon = node.coupon("Seen by two", 50)
    first = browser.driver.current_window_handle
    sign_in(node, browser, node.token)
    choose(browser, coupon)
    type_into(browser, "change-name", "Renamed by the first")
    browser.driver.switch_to.new_window("tab")
    second = browser.driver.current_window_handle
    sign_in(node, browser, node.token)
    choose(browser, coupon)
    type_into(browser, "quantity", "80").send_keys(Keys.ENTER)
    browser.press("confirm")
    until("the second has raised it", lambda: node.live(coupon)["totalQuantity"] == 80)
    browser.driver.switch_to.window(first)
    assert browser.by_id("quantity").get_attribute("value") == "50", "the form of the first is as it was filled"
    browser.by_id("change-name").send_keys(Keys.ENTER)
    browser.shows("confirm")
    assert "the title from" in browser.by_id("what").text and "the total" not in browser.by_id("what").text
    browser.press("confirm")
    until("the first has renamed it", lambda: node.live(coupon)["title"] == "Renamed by the first")
    assert node.live(coupon)["totalQuantity"] == 80, "the first took the second's change back"

    until("the form is filled anew", lambda: browser.by_id("quantity").get_attribute("value") == "80")
    place = type_into(browser, "quantity", "100")
    node.change(coupon, totalQuantity=90)  # the same member by somebody else: the dialog says what is replaced
    place.send_keys(Keys.ENTER)
    browser.shows("confirm")
    words = browser.by_id("what").text
    assert "from 90 to 100" in words and "meanwhile, from 80 to 90" in words, words
    browser.press("confirm")
    until("it is what the first wanted", lambda: node.live(coupon)["totalQuantity"] == 100)
    browser.driver.switch_to.window(second)
    browser.driver.close()
    browser.driver.switch_to.window(first)


# A node of the distributed shape with one dead letter, as its answers look, until the test mends it.
WITH_A_LETTER = """const real = fetch; window.mended = false;
const letter = {id: 7, couponId: 1, sequence: 3, userId: 42, dateAdmitted: "2026-01-01T00:00:00Z", reason: "Data too long"};
const said = (body) => new Response(JSON.stringify(body), {headers: {"Content-Type": "application/json"}});
fetch = async (url, options) => {
  if (url.startsWith("/v1/dead-letters?")) return said({items: window.mended ? [] : [letter], nextCursor: null});
  const answer = await real(url, options);
  if (url !== "/v1/stats") return answer;
  const stats = await answer.json();
  for (const one of stats.coupons) one.queue = {waiting: 12, lagMs: 3400, deadLetters: window.mended ? 0 : 1, ageMs: 6000};
  return said(stats);
};"""


def dead_letters(node, browser):
    """Queue, lag and dead letters, with an age of their own; the letters with what the database said."""
    coupon = node.coupon("With a dead letter", 50)
    sign_in(node, browser, node.token)
    choose(browser, coupon)
    for name in ("waiting", "dead-letters"):
        browser.id_reads("0", name)  # the embedded shape has neither
    assert not browser.by_id("letters").is_displayed()
    script = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WITH_A_LETTER})
    try:
        sign_in(node, browser, node.viewer_token)
        choose(browser, coupon)
        browser.id_reads("Data too long", "letters-rows")
        browser.id_reads("42", "letters-rows")
        browser.id_reads("12", "waiting")
        browser.id_reads("3.4 s", "lag")
        until("their age is their own", lambda: browser.driver.find_elements("css selector", "#figures .age.bad[data-of=queue]"))
        assert not browser.driver.find_elements("css selector", "#figures .age.bad:not([data-of])")
        browser.shot("console-dead-letter")
        browser.run("window.mended = true")
        until("it is listed no more", lambda: not browser.by_id("letters").is_displayed())
    finally:
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def a_user(node, browser):
    """From the search to the return, which needs a reason."""
    coupon = node.coupon("To be returned", 50, restock="pool")
    node.issue(coupon, 77)
    sign_in(node, browser, node.token)
    choose(browser, coupon)
    browser.by_id("who").send_keys("77", Keys.ENTER)
    browser.id_reads("User 77: one coupon.", "found")
    until("the button is there", lambda: browser.driver.find_elements("css selector", "#found-rows button"))
    browser.driver.find_element("css selector", "#found-rows button").click()
    browser.shows("confirm")
    assert "goes to the next who asks" in browser.by_id("what").text
    browser.press("confirm")
    assert browser.by_id("dialog").get_attribute("open"), "a return without a reason was taken"
    browser.by_id("reason").send_keys("the order was cancelled")
    browser.press("confirm")
    browser.id_reads("returned", "found-rows")
    assert not browser.driver.find_elements("css selector", "#found-rows button")
    browser.shot("console-returned")
    browser.id_reads("the order was cancelled", "trail-rows")
    browser.reads("50", "remaining")
    browser.by_id("who").clear()
    browser.by_id("who").send_keys("78", Keys.ENTER)
    browser.id_reads("User 78 has no coupon.", "found")


def a_new_coupon(node, browser):
    sign_in(node, browser, node.token)
    until("signed in", lambda: browser.by_id("create-form").is_displayed())
    browser.by_id("new-name").send_keys("Made on the console")
    browser.by_id("new-total").send_keys("7")
    for field, value in (("new-start", "2030-01-01T10:00:00"), ("new-end", "2029-01-01T10:00:00")):
        browser.run("arguments[0].value = arguments[1]", browser.by_id(field), value)
    browser.by_id("new-total").send_keys(Keys.ENTER)
    browser.id_reads("after the start", "message")
    browser.run("arguments[0].value = arguments[1]", browser.by_id("new-end"), "2030-01-02T10:00:00")
    browser.by_id("new-total").send_keys(Keys.ENTER)
    browser.shows("confirm")
    assert "quantity 7" in browser.by_id("what").text
    browser.press("confirm")
    browser.id_reads("Made on the console", "one-title")
    browser.reads("7", "remaining")
    assert browser.by_id("state").text == "scheduled"


def a_viewer(node, browser):
    """Sees everything, and no button that would be refused."""
    coupon = node.coupon("Only to look at", 5)
    node.issue(coupon, 1)
    sign_in(node, browser, node.viewer_token)
    browser.id_reads("viewer", "who-am-i")
    choose(browser, coupon)
    browser.reads("4", "remaining")
    for name in ("pause", "resume"):
        assert not browser.marked(name).is_displayed(), name
    assert not browser.by_id("create-form").is_displayed()
    browser.by_id("who").send_keys("1", Keys.ENTER)
    browser.id_reads("issued", "found-rows")
    assert not browser.driver.find_elements("css selector", "#found-rows button")
    assert node.ask("PATCH", f"/v1/coupons/{coupon}", {"paused": True}, node.viewer_token)[0] == 403
    browser.press_id("sign-out")
    sign_in(node, browser, node.till_token)
    browser.id_reads("may not look", "message")


def burst(node, browser):
    """The curves move while a crowd asks, and the figures say who was refused."""
    coupon = node.coupon("Spring sale: the first 400", 400)
    sign_in(node, browser, node.token)
    choose(browser, coupon)
    browser.width(1000, 900)
    until("the curves are there", lambda: browser.run("return window.Chart && Chart.getChart('rates') !== undefined"))
    with node.crowd(coupon, users=3000):
        browser.id_reads("sold out", "refused")
        browser.reads("0", "remaining")
        drawn = "return Chart.getChart('rates').data.datasets.map((d) => d.data.some((n) => n > 0))"
        until("the curves have moved", lambda: browser.run(drawn)[:2] == [True, True])
        until("a percentile is told", lambda: "ms" in browser.by_id("p99").text)
        browser.run("scrollTo(0, document.getElementById('one').offsetTop - 60)")
        browser.shot("console-burst")
    browser.media(prefers_color_scheme="dark")
    until("the curves are drawn anew", lambda: browser.run("return Chart.getChart('rates') !== undefined"))
    browser.shot("console-dark")
    browser.media(prefers_color_scheme="light")


def rehearsal(node, browser):
    """An admin's button, where the node takes rehearsals; the curves move, and no other coupon is touched."""
    sign_in(node, browser, node.token)
    until("signed in", lambda: browser.by_id("create-form").is_displayed())
    assert not browser.by_id("rehearsal").is_displayed(), "a node without --rehearsal shows the button"
    node = node.another("--rehearsal")
    real = node.coupon("The real one", 5)
    sign_in(node, browser, node.viewer_token)
    browser.id_reads("viewer", "who-am-i")
    choose(browser, real)
    browser.reads("5", "remaining")
    assert not browser.by_id("rehearsal").is_displayed(), "who may not begin one sees the button"
    sign_in(node, browser, node.token)
    choose(browser, real)
    until("the button is there", lambda: browser.marked("rehearse").is_displayed())
    for field, value in (("rehearsal-users", "2000"), ("rehearsal-total", "300"), ("rehearsal-seconds", "8")):
        browser.by_id(field).clear()
        browser.by_id(field).send_keys(value)
    browser.press("rehearse")
    browser.shows("confirm")
    words = browser.by_id("what").text
    assert "2000 made-up users" in words and "no other coupon" in words, words
    browser.shot("console-rehearsal-confirm")
    browser.press("confirm")
    browser.id_reads("[rehearsal] 2000 users", "one-title")
    until("the curves are there", lambda: browser.run("return window.Chart && Chart.getChart('rates') !== undefined"))
    browser.reads("0", "remaining")
    drawn = "return Chart.getChart('rates').data.datasets.map((d) => d.data.some((n) => n > 0))"
    until("the curves have moved", lambda: browser.run(drawn)[0])
    browser.shot("console-rehearsal")
    browser.id_reads("Over: coupon", "rehearsal-state")
    browser.id_reads("2000 of 2000 have their answer, 300 got it", "rehearsal-state")
    browser.id_reads("created", "trail-rows")
    assert node.live(real)["issuedQuantity"] == 0, "the crowd asked for another coupon"


def node_away(node, browser):
    """The figures grow old and say so; the console goes on by itself when the node is back."""
    coupon = node.coupon("Through a crash", 9)
    sign_in(node, browser, node.token)
    choose(browser, coupon)
    browser.reads("9", "remaining")
    node.kill()
    browser.id_reads("cannot be reached", "message")
    until("the figures are marked as old", lambda: browser.driver.find_elements("css selector", "#figures .age.bad"))
    browser.shot("console-lost")
    node.start()
    node.issue(coupon, 1)
    browser.reads("8", "remaining")
    until("the message is gone", lambda: browser.by_id("message").text == "")
