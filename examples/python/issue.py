"""Asks firstcome for a coupon: issue.py URL COUPON USER. Python's standard library is all it needs."""
import json
import random
import sys
import time
import urllib.error
import urllib.request

HAS_IT = (200, 201, 202)  # had it, got it, was accepted


def issue(url, coupon, user, deadline_s=15.0, try_s=6.0):
    """(True, the record) or (False, the code of the refusal). TimeoutError: nobody knows yet; ask again later."""
    body = json.dumps({"userId": user}).encode()
    give_up = time.monotonic() + deadline_s
    while (left := give_up - time.monotonic()) > 0:
        request = urllib.request.Request(f"{url}/v1/coupons/{coupon}/issues", body, {"Content-Type": "application/json"})
        wait = random.uniform(0.2, 0.6)  # after a try without an answer
        try:
            with urllib.request.urlopen(request, timeout=min(try_s, left)) as answer:
                if answer.status in HAS_IT:
                    return True, json.load(answer)
                raise RuntimeError(f"status {answer.status} is not an answer of firstcome")
        except urllib.error.HTTPError as refusal:
            if refusal.code == 409:
                return False, json.load(refusal)["code"]
            if refusal.code != 503:
                raise RuntimeError(f"the request is wrong: {refusal.code} {refusal.read().decode()}") from refusal
            wait = min(float(refusal.headers.get("Retry-After", 1)), 5) + random.uniform(0, 0.5)
        except (OSError, ValueError, urllib.error.URLError):
            pass  # no answer, or half of one: it may have been done, and asking again says so
        time.sleep(max(0, min(wait, give_up - time.monotonic())))
    raise TimeoutError("no answer yet: ask again later, and do not say that it is sold out")


if __name__ == "__main__":
    yes, told = issue(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    print(f"yes {told['sequence']}" if yes else f"no {told}")
    sys.exit(0 if yes else 1)
