"""An event from the pages alone, from the coupon that is not there to the one that has ended: in either shape."""
from selenium.webdriver.common.keys import Keys

from browser import until
import console_page

OPENS_IN_S = 6
IN_SECONDS = """const at = new Date(Date.now() + arguments[1] * 1000);
arguments[0].value = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);"""


class Run:
    """The operator's tab and a user's, which the console's own link opened."""

    def __init__(self, node, browser):
        self.node, self.browser = node, browser
        self.console, self.event, self.coupon = browser.driver.current_window_handle, None, None

    def at_the_console(self):
        self.browser.driver.switch_to.window(self.console)

    def at_the_event(self):
        self.browser.driver.switch_to.window(self.event)

    def confirm(self, *said):
        self.browser.shows("confirm")
        words = self.browser.by_id("what").text
        assert all(part in words for part in said), words
        self.browser.press("confirm")
        self.browser.id_reads("Done.", "message")

    def create(self, total):
        browser = self.browser
        until("signed in", lambda: browser.by_id("create-form").is_displayed())
        browser.by_id("new-name").send_keys("From the pages alone")
        browser.by_id("new-restock").send_keys("goes")
        browser.by_id("new-total").send_keys(str(total))
        browser.run(IN_SECONDS, browser.by_id("new-end"), 3600)
        browser.run(IN_SECONDS, browser.by_id("new-start"), OPENS_IN_S)
        browser.by_id("new-total").send_keys(Keys.ENTER)
        self.confirm(f"quantity {total}", "opens by itself")
        browser.id_reads("From the pages alone", "one-title")
        self.coupon = int(browser.by_id("one-title").text.split(" ")[0])
        browser.by_id("event-page").click()
        until("the event page is open", lambda: len(browser.driver.window_handles) == 2)
        self.event = next(tab for tab in browser.driver.window_handles if tab != self.console)

    def change(self, field, value, *said):
        self.browser.run("document.querySelector('details').open = true")
        place = self.browser.by_id(field)
        if isinstance(value, str):
            place.clear()
            place.send_keys(value)
        else:
            self.browser.run(IN_SECONDS, place, value)
        place.send_keys(Keys.ENTER)
        self.confirm(*said)

    def press_as(self, user, *reads):
        """One page load: another user would come with another page."""
        self.at_the_event()
        self.browser.driver.refresh()
        until("the field is there", lambda: self.browser.marked("user").is_displayed())
        self.browser.marked("user").send_keys(str(user))
        self.browser.press("press")
        for words in reads:
            self.browser.reads(words)


def until_the_opening(run):
    run.at_the_event()
    run.browser.marked("user").send_keys("5001")
    run.browser.press("press")  # which it arms by itself
    run.browser.reads("number 1 of 30")
    run.at_the_console()
    run.browser.reads("29", "remaining")
    run.browser.id_reads("open", "state")


def a_pause(run):
    run.browser.press("pause")
    run.confirm("nobody gets it")
    run.at_the_event()
    run.browser.driver.refresh()
    run.browser.reads("Paused")
    run.at_the_console()
    run.browser.press("resume")
    run.confirm("goes on")


def the_crowd(run):
    browser = run.browser
    drawn = "return Chart.getChart('rates').data.datasets.map((d) => d.data.some((n) => n > 0))"
    with run.node.crowd(run.coupon, users=300):
        browser.reads("0", "remaining")
        browser.id_reads("sold out", "state")
        browser.id_reads("sold out", "refused")
        until("the curves have moved", lambda: browser.run(drawn)[:2] == [True, True])
    run.press_as(5002, "Sold out.")
    run.at_the_console()
    run.change("quantity", "40", "from 30 to 40")
    browser.reads("10", "remaining")
    run.press_as(5002, "number 31 of 40")
    run.at_the_console()


def a_user_story(run):
    """From the accepted to the returned; the story is looked up once and goes on by itself."""
    browser = run.browser
    browser.by_id("who").clear()
    browser.by_id("who").send_keys("5002", Keys.ENTER)
    browser.id_reads("User 5002: one coupon.", "found")
    button = "#found-rows button"
    until("it is in the ledger, and can be returned", lambda: browser.driver.find_elements("css selector", button))
    browser.driver.find_element("css selector", button).click()
    browser.shows("confirm")
    browser.by_id("reason").send_keys("the order was cancelled")
    run.confirm("goes to the next who asks")
    browser.id_reads("returned", "found-rows")
    browser.reads("10", "remaining")
    run.press_as(5002, "You have returned this coupon.")
    run.at_the_console()


def the_end(run):
    browser = run.browser
    until("all of it is in the ledger", lambda: browser.by_id("behind").text == "0")
    run.change("change-end", 1, "the end from")
    browser.id_reads("ended", "state")
    run.at_the_event()
    run.browser.driver.refresh()
    browser.reads("has ended")
    run.at_the_console()
    for done in ("created", "paused", "resumed", "raised", "returned", "the order was cancelled"):
        browser.id_reads(done, "trail-rows")


def whole_event(node, browser):
    browser.width(1000, 900)
    run = Run(node, browser)
    console_page.sign_in(node, browser, node.token)
    run.create(30)
    for step in (until_the_opening, a_pause, the_crowd, a_user_story, the_end):
        step(run)
    browser.shot(f"event-run-{type(node).__name__.lower()}")
    run.at_the_event()
    browser.driver.close()
    run.at_the_console()


def a_dead_letter(node, browser):
    """The ledger refuses one user's row: the console says who it is, and that there is one."""
    assert node.sql("ALTER TABLE coupon.coupon_issues ADD CONSTRAINT not_user_9013 CHECK (user_id <> 9013)")
    coupon = node.coupon("With a dead letter", 50)
    for user in (9012, 9013, 9014):
        node.issue(coupon, user)
    console_page.sign_in(node, browser, node.token)
    console_page.choose(browser, coupon)
    browser.id_reads("9013", "letters-rows")
    cells = browser.driver.find_elements("css selector", "#letters-rows td")
    assert len(cells) == 4 and cells[1].text == "9013" and cells[3].text, [one.text for one in cells]
    browser.id_reads("1", "dead-letters")
    until("the figure is marked", lambda: browser.driver.find_elements("css selector", "#dead-letters.bad"))
    until("its age is told", lambda: browser.driver.find_elements("css selector", "#figures .age[data-of=queue]:not(:empty)"))
    browser.shot("console-dead-letter-distributed")
