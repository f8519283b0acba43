"""POST /v2/issue-async: the original service's contract, everybody wants one coupon."""

from locust import task

from crowd import Crowd, original_outcome


class IssueAsyncV2(Crowd):
    @task
    def issue(self):
        self.ask("/v2/issue-async", {"userId": self.somebody(), "couponId": self.coupon_id}, "/v2/issue-async", original_outcome)
