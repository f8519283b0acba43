"""Who has the coupon, as CSV: FIRSTCOME_ADMIN_TOKEN=… winners.py URL COUPON > winners.csv

Reads page after page in the order of the sequence. Ids are written as text of digits, whole.
"""
import csv
import json
import os
import sys
import urllib.request

COLUMNS = ("sequence", "userId", "status", "dateIssued", "dateUsed")


def pages(url, coupon, token):
    cursor = ""
    while cursor is not None:
        request = urllib.request.Request(f"{url}/v1/coupons/{coupon}/issues?limit=1000{cursor and '&cursor=' + cursor}",
                                         headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = json.load(answer)
        yield from page["items"]
        cursor = page["nextCursor"]


if __name__ == "__main__":
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    for record in pages(sys.argv[1], sys.argv[2], os.environ["FIRSTCOME_ADMIN_TOKEN"]):
        out.writerow(["" if record[name] is None else record[name] for name in COLUMNS])
