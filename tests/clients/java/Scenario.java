import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.CouponsApi;
import org.openapitools.client.api.IssuesApi;
import org.openapitools.client.api.NodeApi;
import org.openapitools.client.api.OriginalApi;
import org.openapitools.client.model.CouponChange;
import org.openapitools.client.model.CouponDraft;
import org.openapitools.client.model.IssueRecord;
import org.openapitools.client.model.IssueRequest;
import org.openapitools.client.model.OriginalIssueRequest;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.ReturnRequest;
import org.openapitools.client.model.UseRequest;

/**
 * What a shop does, with a client that a generator made: create, issue, ask again, find, list, sold out, use, return.
 *
 * <p>java Scenario URL ADMIN_TOKEN FIRST_USER
 */
public final class Scenario {
  interface Call {
    Object run() throws ApiException;
  }

  static void expect(boolean holds, String what) {
    if (!holds) throw new AssertionError("not as it should be: " + what);
    System.out.println("  " + what);
  }

  static void expectRefusal(int status, String code, Call call) throws Exception {
    try {
      call.run();
    } catch (ApiException refused) {
      var problem = ApiClient.createDefaultObjectMapper().readValue(refused.getResponseBody(), Problem.class);
      expect(refused.getCode() == status && problem.getCode().getValue().equals(code), status + " " + code);
      return;
    }
    throw new AssertionError("not refused with " + status + " " + code);
  }

  static ApiClient clientOf(String url, String token) {
    var client = new ApiClient();
    client.updateBaseUri(url);
    if (token != null) client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return client;
  }

  public static void main(String[] arguments) throws Exception {
    var open = clientOf(arguments[0], null);
    var signedIn = clientOf(arguments[0], arguments[1]);
    long firstUser = Long.parseLong(arguments[2]);
    var issues = new IssuesApi(open);
    var coupons = new CouponsApi(open);
    var original = new OriginalApi(open);
    var admin = new CouponsApi(signedIn);
    var desk = new IssuesApi(signedIn);
    var user = Ids.of(firstUser);
    var other = Ids.of(firstUser + 1);
    var late = Ids.of(firstUser + 2);
    var now = OffsetDateTime.now(ZoneOffset.UTC);

    var coupon = admin.createCoupon(new CouponDraft().title("쿠폰").totalQuantity(2).minAvailableAmount(30000)
        .dateIssueStart(now.minusHours(1)).dateIssueEnd(now.plusHours(1)), null);
    expect(coupon.getTotalQuantity() == 2 && coupon.getRemainingQuantity() == 2 && coupon.getTitle().equals("쿠폰"),
        "a coupon is made");
    expect(Duration.between(coupon.getDateIssueEnd(), now.plusHours(1)).abs().toSeconds() < 1, "its times are times");

    var id = coupon.getId();
    IssueRecord first = issues.issueCoupon(id, new IssueRequest().userId(user));
    expect(first.getUserId().equals(user) && first.getSequence() == 1
        && first.getStatus() == IssueRecord.StatusEnum.ISSUED, "issued");
    expect(first.getDateUsed() == null, "dateUsed: null is read as null");
    expect(issues.issueCoupon(id, new IssueRequest().userId(user)).equals(first), "asked again: the same record");
    var answer = original.issueLegacy(new OriginalIssueRequest().couponId(id).userId(user));
    expect(!answer.getIsSuccess() && answer.getComment().equals("이미 발급된 쿠폰입니다."), "asked again: the original's answer");
    answer = original.issueLegacyAsyncV2(new OriginalIssueRequest().couponId(id).userId(other));
    expect(answer.getIsSuccess() && answer.getComment() == null, "issued: the original's answer");
    expect(issues.findIssue(id, user).equals(first), "found");

    var page = desk.listCouponIssues(id, 1, null);
    expect(page.getItems().size() == 1 && page.getItems().get(0).getUserId().equals(user) && page.getNextCursor() != null,
        "the first page");
    page = desk.listCouponIssues(id, 1, page.getNextCursor());
    expect(page.getItems().size() == 1 && page.getItems().get(0).getUserId().equals(other), "the second page");
    expect(issues.listUserIssues(user, null, null).getItems().get(0).getCouponId().equals(id), "the user's coupons");
    expect(coupons.listCoupons(1000, null).getItems().stream().anyMatch(c -> c.getId().equals(id)), "the coupons");

    expectRefusal(409, "sold_out", () -> issues.issueCoupon(id, new IssueRequest().userId(late)));
    expectRefusal(404, "coupon_not_found", () -> coupons.showCoupon(Ids.of(Long.MAX_VALUE)));
    expectRefusal(401, "unauthorized", () -> issues.listCouponIssues(id, null, null));
    expectRefusal(422, "below_minimum", () -> desk.useIssue(id, user, new UseRequest().orderAmount(29999)));
    var used = desk.useIssue(id, user, new UseRequest().orderAmount(30000).orderId("A-1"));
    expect(used.getStatus() == IssueRecord.StatusEnum.USED
        && Duration.between(used.getDateUsed(), now).abs().toMinutes() < 10, "used");
    var returned = desk.returnIssue(id, other, new ReturnRequest().reason("too small"));
    expect(returned.getStatus() == IssueRecord.StatusEnum.RETURNED && returned.getDateReturned() != null, "returned");

    expect(admin.changeCoupon(id, new CouponChange().totalQuantity(null)).getTotalQuantity() == null, "changed: unlimited");
    var actions = admin.listActions(id, null, null).getItems();
    var oldest = actions.get(actions.size() - 1);
    expect(oldest.getAction().equals("create_coupon") && oldest.getBefore() == null && oldest.getAfter() != null,
        "the trail");
    var stats = new NodeApi(signedIn).tellStats();
    expect(stats.getRole().getValue().equals("admin") && stats.getReady(), "the node's figures");
    expect(coupons.showLive(id).getState().getValue().equals("open"), "the live figures");
  }
}
