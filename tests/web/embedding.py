"""A shop of another origin: its page around the event page, and its own requests to the API."""
import contextlib
import http.server
import json
import threading

from browser import until
from node import signed_token

PAGE = """<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
<div data-firstcome="{coupon}"></div><script src="{node}/widget.js"></script>"""


@contextlib.contextmanager
def shop(html_of):
    """Serves what `html_of()` says, on an origin of its own (another port, and another name than the node's)."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = html_of().encode() if self.path == "/" else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def in_frame(browser):
    browser.driver.switch_to.default_content()
    until("the frame is there", lambda: browser.driver.find_elements("tag name", "iframe"))
    browser.driver.switch_to.frame(browser.driver.find_element("tag name", "iframe"))


def framed_status(browser):
    """What the page in the frame says; nothing when the browser does not show it."""
    try:
        in_frame(browser)
        found = browser.driver.find_elements("css selector", '[data-fc="status"]')
        return found[0].text if found else ""
    finally:
        browser.driver.switch_to.default_content()


def press_until_it_reads(browser, wanted):
    """A click may miss while the shop's page gives the frame its height; a press that comes twice does no harm."""
    def pressed():
        if wanted not in browser.marked("status").text and browser.marked("press").is_enabled():
            browser.marked("press").click()
        return wanted in browser.marked("status").text
    in_frame(browser)
    until(f"the frame reads “{wanted}”", pressed)


def in_a_shop(main, browser):
    coupon = None
    with shop(lambda: PAGE.format(coupon=coupon, node=node.url)) as allowed, shop(lambda: PAGE.format(coupon=coupon, node=node.url)) as other:
        node = main.another("--user-auth", "jwt", "--allow-origin", allowed)
        coupon = node.coupon("In a shop", 3)
        browser.open(allowed)
        until("the framed page waits for a token", lambda: "sign in" in framed_status(browser))
        browser.run("firstcome.signIn(arguments[0])", "nonsense")
        until("the framed page is open", lambda: "Open now" in framed_status(browser))
        press_until_it_reads(browser, "not accepted")
        browser.driver.switch_to.default_content()
        browser.run("firstcome.signIn(arguments[0])", signed_token(42))
        until("a better token is heard", lambda: "Open now" in framed_status(browser))
        press_until_it_reads(browser, "number 1 of 3")
        browser.driver.switch_to.default_content()
        browser.shot("event-in-a-shop")

        browser.open(other)
        refused = lambda: any("frame-ancestors" in e["message"] for e in browser.driver.get_log("browser"))
        until("the browser refuses the frame", refused)
        assert framed_status(browser) == "", "a page that is not allowed shows the event page"


def token_in_the_address(main, browser):
    node = main.another("--user-auth", "jwt")
    coupon = node.coupon("By the address", 3)
    token = signed_token(43)
    browser.open(f"{node.url}/events/{coupon}")
    browser.reads("sign in")
    assert not browser.marked("press").is_enabled()
    # A page that stands alone hears nobody, its own origin neither.
    browser.run("postMessage({firstcomeToken: arguments[0]}, location.origin)", token)
    browser.run("return new Promise((done) => setTimeout(done, 300))")
    assert "sign in" in browser.marked("status").text and not browser.marked("press").is_enabled()
    browser.open(f"{node.url}/events/{coupon}#token={token}")
    browser.reads("Open now.")
    assert browser.driver.current_url == f"{node.url}/events/{coupon}", "the token stands in the address"
    browser.press("press")
    browser.reads("number 1 of 3")


ASK = """const [url, user, done] = arguments;
fetch(url, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({userId: user})})
  .then(async (a) => done([a.status, (await a.json()).code ?? null, a.headers.get("Retry-After")]), () => done("refused by the browser"));"""


def requests_from_elsewhere(main, browser):
    """A shop's own page calls the API: as it is told, and not at all where it is not."""
    with shop(lambda: "<!doctype html><title>Shop</title>") as origin:
        browser.driver.set_script_timeout(60)
        issue = lambda node, coupon, user: browser.driver.execute_async_script(ASK, f"{node.url}/v1/coupons/{coupon}/issues", user)
        node = main.another("--allow-origin", origin)
        one, later = node.coupon("Only one", 1), node.coupon("Later", 1, opens_in_s=600)
        browser.open(origin)
        assert issue(node, one, 1) == [201, None, None]
        assert issue(node, one, 1) == [200, None, None], "asked again"
        assert issue(node, one, 2) == [409, "sold_out", None]
        status, code, retry_after = issue(node, later, 2)
        assert (status, code) == (409, "not_started") and 0 < int(retry_after) <= 600, "Retry-After is not readable"

        node = main.another()
        one = node.coupon("Not from there", 1)
        browser.open(origin)
        assert issue(node, one, 1) == "refused by the browser"
        assert node.live(one)["issuedQuantity"] == 0, "the browser refused, and the coupon is gone all the same"
