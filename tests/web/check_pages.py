"""The pages for people in a real browser: Debian's Chromium.

  check_pages.py PROGRAM SHOTS_FOLDER

The states of the event page, a window that opens while the page is looked at, a node that is killed and started again
under it, both languages, light and dark; and an operator's work on the console. Leaves a picture of each in SHOTS_FOLDER.
"""
import datetime
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

DEADLINE_S = 60


def until(what, condition):
    """Polls until the condition holds; its value."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except StaleElementReferenceException:
            pass  # the page has just drawn it anew
        time.sleep(0.05)
    raise AssertionError(f"in {DEADLINE_S} s it did not happen: {what}")


class Node:
    def __init__(self, program, folder):
        self.program, self.folder, self.process = program, folder, None
        with socket.create_server(("127.0.0.1", 0)) as free:  # kept over restarts, which a page under test must survive
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.folder / "data"], stderr=subprocess.DEVNULL)
        until("the node is ready", self.ready)
        self.token = (self.folder / "data/admin.token").read_text().strip()

    def ready(self):
        if self.process.poll() is not None:
            sys.exit("the node does not start")
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask(self, method, path, body=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def coupon(self, title, quantity=500, opens_in_s=-60, ends_in_s=3600):
        now = datetime.datetime.now(datetime.timezone.utc)
        at = lambda s: (now + datetime.timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%SZ")
        status, answer = self.ask("POST", "/v1/coupons", {
            "title": title, "totalQuantity": quantity, "discountAmount": 1000, "minAvailableAmount": 0,
            "dateIssueStart": at(opens_in_s), "dateIssueEnd": at(ends_in_s)}, self.token)
        assert status == 201, answer
        return json.loads(answer)["id"]

    def change(self, coupon, **members):
        status, answer = self.ask("PATCH", f"/v1/coupons/{coupon}", members, self.token)
        assert status == 200, answer

    def live(self, coupon):
        return json.loads(self.ask("GET", f"/v1/coupons/{coupon}")[1])


class Browser:
    def __init__(self, shots, language):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--lang={language}",
                         "--window-size=700,760"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.binary_location = "/usr/bin/chromium"
        environment = {**os.environ, "LANGUAGE": language.replace("-", "_")}
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver", env=environment), options=options)
        self.shots = shots

    def open(self, url):
        self.driver.get("about:blank")
        self.driver.get(url)

    def marked(self, name):
        return self.driver.find_element("css selector", f'[data-fc="{name}"]')

    def reads(self, wanted, name="status"):
        until(f"{name} reads “{wanted}”", lambda: wanted in self.marked(name).text)

    def shows(self, name):
        until(f"{name} is shown", lambda: self.marked(name).is_displayed())

    def press(self, name):
        until(f"{name} can be pressed", lambda: self.marked(name).is_displayed() and self.marked(name).is_enabled())
        self.marked(name).click()

    def shot(self, name):
        self.driver.save_screenshot(str(self.shots / f"{name}.png"))

    def media(self, **features):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": k.replace("_", "-"), "value": v} for k, v in features.items()]})

    def width(self, pixels):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": pixels, "height": 700, "deviceScaleFactor": 1, "mobile": False})

    def overflows(self):
        return self.driver.execute_script("return document.documentElement.scrollWidth > innerWidth")

    def refused_by_policy(self):
        return [e["message"] for e in self.driver.get_log("browser") if "Content Security Policy" in e["message"]]


def event_page(node, browser):
    page = lambda coupon: browser.open(f"{node.url}/events/{coupon}")
    one = node.coupon("Spring sale", 1)
    page(one)
    browser.reads("Open now.")
    assert browser.marked("status").get_attribute("role") == "status"
    browser.press("press")
    browser.reads("digits only")
    browser.marked("user").send_keys("42", Keys.ENTER)  # by keyboard alone
    browser.reads("number 1 of 1")
    browser.shot("event-yours")
    page(one)
    browser.reads("Sold out.")
    browser.marked("user").send_keys("43")
    browser.press("press")
    browser.reads("Sold out.")
    browser.shot("event-sold-out")
    page(one)
    browser.marked("user").send_keys("42")
    browser.press("press")
    browser.reads("number 1 of 1")  # who has it hears so, sold out or not

    page(node.coupon("Over", opens_in_s=-60, ends_in_s=-30))
    browser.reads("has ended")
    page(999999)
    browser.reads("no such coupon")
    assert not browser.marked("press").is_enabled()

    paused = node.coupon("Held")
    node.change(paused, paused=True)
    page(paused)
    browser.reads("Paused")
    assert not browser.marked("press").is_enabled()
    node.change(paused, paused=False)
    browser.reads("Open now.")


def opening(node, browser):
    soon = node.coupon("Opens while we look", opens_in_s=12)
    browser.open(f"{node.url}/events/{soon}")
    browser.shows("countdown")
    browser.reads("00:00:", "countdown")
    assert not browser.marked("press").is_enabled()
    browser.shot("event-before")
    browser.marked("user").send_keys("7")
    browser.press("press")
    browser.reads("number 1 of 500")


def killed_node(node, browser):
    coupon = node.coupon("Through a crash")
    browser.open(f"{node.url}/events/{coupon}")
    browser.reads("Open now.")
    node.kill()
    browser.reads("cannot be reached")
    browser.shot("event-lost")
    node.start()
    browser.reads("Open now.")
    browser.marked("user").send_keys("8")
    browser.press("press")
    browser.reads("number 1 of 500")


def looks(node, browser):
    coupon = node.coupon("ALongTitleWithoutAnySpaceThatHasToBreakSomewhereOnAPhone <b>&")
    browser.width(320)
    browser.media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    browser.open(f"{node.url}/events/{coupon}")
    browser.reads("Open now.")
    assert not browser.overflows(), "the event page is wider than 320 px"
    assert "<b>" in browser.driver.title
    browser.shot("event-dark-320")
    ground = browser.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(20, 23, 26)", ground
    browser.media(prefers_color_scheme="light")


def console(node, browser):
    browser.width(1000)
    coupon = node.coupon("On the console", 50)
    browser.open(f"{node.url}/console")
    browser.marked("token").send_keys("wrong")
    browser.press("sign-in")
    until("a wrong token is refused", lambda: "not accepted" in browser.driver.find_element("id", "message").text)
    browser.marked("token").send_keys(node.token)
    browser.press("sign-in")
    browser.shows("coupons")
    assert node.token not in browser.driver.current_url
    row = f'[data-coupon="{coupon}"]'
    until("the coupon is listed", lambda: browser.driver.find_elements("css selector", row))
    until("the coupon is chosen", lambda: browser.driver.find_element("css selector", row + " button").click() or True)
    browser.reads("50", "remaining")
    for user in range(1, 21):
        assert node.ask("POST", f"/v1/coupons/{coupon}/issues", {"userId": user})[0] == 201
    browser.reads("30", "remaining")
    browser.shot("console")

    browser.press("pause")
    browser.shows("confirm")
    assert "nobody gets it" in browser.driver.find_element("id", "what").text
    browser.shot("console-confirm")
    assert node.live(coupon)["paused"] is False, "paused before it was confirmed"
    browser.press("confirm")
    until("the coupon is paused", lambda: node.live(coupon)["paused"])
    browser.press("resume")
    browser.press("confirm")
    until("the coupon goes on", lambda: not node.live(coupon)["paused"])

    quantity = browser.driver.find_element("id", "quantity")
    quantity.clear()
    quantity.send_keys("80", Keys.ENTER)
    browser.press("confirm")
    until("the total is raised", lambda: node.live(coupon)["totalQuantity"] == 80)
    browser.reads("60", "remaining")
    browser.driver.find_element("id", "who").send_keys("3", Keys.ENTER)
    until("user 3 is found", lambda: "number" in browser.driver.find_element("id", "found").text)
    browser.media(prefers_color_scheme="dark")
    browser.shot("console-dark")


def korean(node, browser):
    coupon = node.coupon("봄맞이 쿠폰", 3)
    browser.open(f"{node.url}/events/{coupon}")
    browser.reads("지금 받을 수 있습니다.")
    browser.marked("user").send_keys("42")
    browser.press("press")
    browser.reads("3개 중 1번째")
    assert browser.driver.execute_script("return document.documentElement.lang") == "ko"
    browser.shot("event-ko")
    browser.open(f"{node.url}/console")
    until("the console is Korean", lambda: "운영 화면" in browser.driver.find_element("tag name", "h1").text)


def main(program, shots):
    shots = pathlib.Path(shots)
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        node = Node(program, pathlib.Path(folder))
        node.start()
        try:
            for language, parts in (("en-US", (event_page, opening, killed_node, looks, console)), ("ko-KR", (korean,))):
                browser = Browser(shots, language)
                try:
                    for part in parts:
                        started = time.monotonic()
                        try:
                            part(node, browser)
                        except (AssertionError, WebDriverException):
                            browser.shot("failed")
                            print(f"{part.__name__}: see {shots}/failed.png", file=sys.stderr)
                            raise
                        print(f"{part.__name__}: {time.monotonic() - started:.1f} s")
                    assert not (refused := browser.refused_by_policy()), refused
                finally:
                    browser.driver.quit()
        finally:
            node.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
