"""What a shop does, with a client that a generator made: create, issue, ask again, find, list, sold out, use, return.

  scenario.py URL ADMIN_TOKEN FIRST_USER
"""
import datetime
import json
import sys

import openapi_client as made

UNKNOWN_ID = 9223372036854775807


def expect(holds, what):
    if not holds:
        sys.exit(f"not as it should be: {what}")
    print(f"  {what}")


def expect_refusal(status, code, call):
    try:
        answer = call()
    except made.ApiException as refused:
        problem = json.loads(refused.body)
        expect((refused.status, problem["code"]) == (status, code), f"{status} {code}")
        expect(refused.data is None or refused.data.code == code, "the error as an object")
    else:
        expect(False, f"{status} {code}, not {answer}")


def main(url, token, first_user):
    open_api = made.ApiClient(made.Configuration(host=url))
    admin_api = made.ApiClient(made.Configuration(host=url, access_token=token))
    issues, coupons, original = made.IssuesApi(open_api), made.CouponsApi(open_api), made.OriginalApi(open_api)
    admin, desk, node = made.CouponsApi(admin_api), made.IssuesApi(admin_api), made.NodeApi(admin_api)
    type_of_id = made.IssueRequest.model_fields["user_id"].annotation
    as_text = "str" in str(type_of_id)
    users = [str(first_user + i) if as_text else first_user + i for i in range(4)]
    unknown = str(UNKNOWN_ID) if as_text else UNKNOWN_ID

    now = datetime.datetime.now(datetime.timezone.utc)
    coupon = admin.create_coupon(made.CouponDraft(
        title="쿠폰", total_quantity=2, min_available_amount=30000, date_issue_start=now - datetime.timedelta(hours=1),
        date_issue_end=now + datetime.timedelta(hours=1)))
    expect(coupon.total_quantity == 2 and coupon.remaining_quantity == 2 and coupon.title == "쿠폰", "a coupon is made")
    expect(type(coupon.id) is (str if as_text else int), f"its id is {type(coupon.id).__name__}")
    expect(abs(coupon.date_issue_end - now - datetime.timedelta(hours=1)).total_seconds() < 1, "its times are times")

    first = issues.issue_coupon(coupon.id, made.IssueRequest(user_id=users[0]))
    expect(first.user_id == users[0] and first.sequence == 1 and first.status == "issued", "issued")
    expect(first.date_used is None, "dateUsed: null is read as null")
    expect(issues.issue_coupon(coupon.id, made.IssueRequest(user_id=users[0])) == first, "asked again: the same record")
    answer = original.issue_legacy(made.OriginalIssueRequest(coupon_id=coupon.id, user_id=users[0]))
    expect(answer.is_success is False and answer.comment == "이미 발급된 쿠폰입니다.", "asked again: the original's answer")
    answer = original.issue_legacy_async_v2(made.OriginalIssueRequest(coupon_id=coupon.id, user_id=users[1]))
    expect(answer.is_success is True and answer.comment is None, "issued: the original's answer")
    expect(issues.find_issue(coupon.id, users[0]) == first, "found")

    page = desk.list_coupon_issues(coupon.id, limit=1)
    expect([one.user_id for one in page.items] == users[:1] and page.next_cursor is not None, "the first page")
    page = desk.list_coupon_issues(coupon.id, limit=1, cursor=page.next_cursor)
    expect([one.user_id for one in page.items] == users[1:2], "the second page")
    expect(issues.list_user_issues(users[0]).items[0].coupon_id == coupon.id, "the user's coupons")
    expect(any(one.id == coupon.id for one in coupons.list_coupons(limit=1000).items), "the coupons")

    expect_refusal(409, "sold_out", lambda: issues.issue_coupon(coupon.id, made.IssueRequest(user_id=users[2])))
    expect_refusal(404, "coupon_not_found", lambda: coupons.show_coupon(unknown))
    expect_refusal(401, "unauthorized", lambda: issues.list_coupon_issues(coupon.id))
    expect_refusal(422, "below_minimum",
                   lambda: desk.use_issue(coupon.id, users[0], made.UseRequest(order_amount=29999)))
    used = desk.use_issue(coupon.id, users[0], made.UseRequest(order_amount=30000, order_id="A-1"))
    expect(used.status == "used" and abs(used.date_used - now).total_seconds() < 600, "used")
    returned = desk.return_issue(coupon.id, users[1], return_request=made.ReturnRequest(reason="too small"))
    expect(returned.status == "returned" and returned.date_returned is not None, "returned")

    changed = admin.change_coupon(coupon.id, made.CouponChange(total_quantity=None))
    expect(changed.total_quantity is None, "changed: unlimited")
    actions = admin.list_actions(coupon_id=coupon.id).items
    expect(actions[-1].action == "create_coupon" and actions[-1].before is None and actions[-1].after, "the trail")
    stats = node.tell_stats()
    expect(stats.role == "admin" and stats.ready, "the node's figures")
    expect(coupons.show_live(coupon.id).state == "open", "the live figures")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
