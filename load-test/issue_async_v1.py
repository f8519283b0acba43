"""POST /v1/issue-async: the original service's contract, everybody wants one coupon."""

from locust import task

from crowd import Crowd, original_outcome


class IssueAsyncV1(Crowd):
    @task
    def issue(self):
        self.ask("/v1/issue-async", {"userId": self.somebody(), "couponId": self.coupon_id}, "/v1/issue-async", original_outcome)
