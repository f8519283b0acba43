"""Debian's Chromium, driven by its own driver, with the words in which a test speaks of a page."""
import os
import sys

try:
    from selenium import webdriver
    from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
    from selenium.webdriver.chrome.service import Service
except ImportError as missing:
    sys.exit(f"The tests of the pages need python3-selenium: apt-get install python3-selenium ({missing})")

from node import until as eventually

PROGRAM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--window-size=700,760")


def until(what, condition):
    """Polls until the condition holds, also over what the page has just drawn anew; its value."""
    def holds():
        try:
            return condition()
        except StaleElementReferenceException:
            return None
    return eventually(what, holds)


def started(language):
    """A busy machine may keep Chromium past its driver's own patience: it is given three tries."""
    for program, package in ((PROGRAM, "chromium"), (DRIVER, "chromium-driver")):
        if not os.access(program, os.X_OK):
            sys.exit(f"The tests of the pages need {program}: apt-get install {package}")
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS, f"--lang={language}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.binary_location = PROGRAM
    environment = {**os.environ, "LANGUAGE": language.replace("-", "_")}
    for left in (2, 1, 0):
        try:
            return webdriver.Chrome(service=Service(DRIVER, env=environment), options=options)
        except WebDriverException as failed:
            if left == 0:
                sys.exit(f"Chromium does not start ({PROGRAM} --headless=new --no-sandbox; does it run by hand, and is "
                         f"there room in /tmp?): {failed}")


class Browser:
    def __init__(self, shots, language="en-US"):
        self.driver, self.shots = started(language), shots

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, url):
        """From an empty page, so that also an address that differs in its fragment only is loaded."""
        self.driver.get("about:blank")
        self.driver.get(url)

    def marked(self, name):
        return self.driver.find_element("css selector", f'[data-fc="{name}"]')

    def by_id(self, name):
        return self.driver.find_element("id", name)

    def reads(self, wanted, name="status"):
        """Waits until the element, by its mark, has the text in it."""
        until(f"{name} reads “{wanted}”", lambda: wanted in self.marked(name).text)

    def id_reads(self, wanted, name):
        until(f"#{name} reads “{wanted}”", lambda: wanted in self.by_id(name).text)

    def shows(self, name):
        until(f"{name} is shown", lambda: self.marked(name).is_displayed())

    def press(self, name):
        until(f"{name} can be pressed", lambda: self.marked(name).is_displayed() and self.marked(name).is_enabled())
        self.marked(name).click()

    def press_id(self, name):
        until(f"#{name} can be pressed", lambda: self.by_id(name).is_displayed() and self.by_id(name).is_enabled())
        self.by_id(name).click()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def let_it_draw(self, turns):
        """Until the page, which draws itself every 200 ms, has done so this often."""
        self.driver.execute_async_script("setTimeout(arguments[arguments.length - 1], arguments[0])", turns * 200 + 50)

    def shot(self, name):
        self.driver.save_screenshot(str(self.shots / f"{name}.png"))

    def media(self, **features):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": k.replace("_", "-"), "value": v} for k, v in features.items()]})

    def width(self, pixels, height=700):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def overflows(self):
        return self.run("return document.documentElement.scrollWidth > innerWidth")

    def refused_by_policy(self):
        return [e["message"] for e in self.driver.get_log("browser") if "Content Security Policy" in e["message"]]
