"""POST /v1/coupons/{id}/issues: everybody wants one coupon."""

from locust import task

from crowd import Crowd

BUSINESS_OUTCOMES = {"sold_out", "not_started", "ended", "paused"}


def outcome(response):
    if response.status_code in (201, 202):
        return "admitted"
    if response.status_code == 200:
        return "already issued"
    code = response.json().get("code") if response.status_code == 409 else None
    return code if code in BUSINESS_OUTCOMES else None


class Issue(Crowd):
    @task
    def issue(self):
        self.ask(f"/v1/coupons/{self.coupon_id}/issues", {"userId": self.somebody()}, "/v1/coupons/{id}/issues", outcome)
