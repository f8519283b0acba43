"""POST /v1/issue: the original service's contract, everybody wants one coupon."""

from locust import task

from crowd import Crowd, original_outcome


class IssueV1(Crowd):
    @task
    def issue(self):
        self.ask("/v1/issue", {"userId": self.somebody(), "couponId": self.coupon_id}, "/v1/issue", original_outcome)
