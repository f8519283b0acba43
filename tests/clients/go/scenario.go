// What a shop does, with a client that a generator made: create, issue, ask again, find, list, sold out, use, return.
//
//	scenario URL ADMIN_TOKEN FIRST_USER
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"time"

	made "example.test/clients/openapi"
)

func expect(holds bool, what string) {
	if !holds {
		fmt.Fprintln(os.Stderr, "not as it should be:", what)
		os.Exit(1)
	}
	fmt.Println(" ", what)
}

// must gives the answer of a call that is to go well.
func must[T any, R any](answer T, _ R, err error) T {
	if err != nil {
		var refused *made.GenericOpenAPIError
		if errors.As(err, &refused) {
			fmt.Fprintln(os.Stderr, string(refused.Body()))
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return answer
}

func expectRefusal(status int32, code string, err error) {
	var refused *made.GenericOpenAPIError
	expect(errors.As(err, &refused), "an error of the client")
	problem, ok := refused.Model().(made.Problem)
	expect(ok && problem.Status == status && problem.Code == code, fmt.Sprint(status, " ", code))
}

func clientOf(url, token string) *made.APIClient {
	configuration := made.NewConfiguration()
	configuration.Servers = made.ServerConfigurations{{URL: url}}
	if token != "" {
		configuration.AddDefaultHeader("Authorization", "Bearer "+token)
	}
	return made.NewAPIClient(configuration)
}

func main() {
	url, token := os.Args[1], os.Args[2]
	firstUser, err := strconv.ParseInt(os.Args[3], 10, 64)
	expect(err == nil, "the first user is a number")
	ctx := context.Background()
	api, admin := clientOf(url, ""), clientOf(url, token)
	users := []id{idOf(firstUser), idOf(firstUser + 1), idOf(firstUser + 2)}
	now := time.Now()

	draft := made.NewCouponDraft("쿠폰", now.Add(-time.Hour), now.Add(time.Hour))
	draft.SetTotalQuantity(2)
	draft.SetMinAvailableAmount(30000)
	coupon := must(admin.CouponsAPI.CreateCoupon(ctx).CouponDraft(*draft).Execute())
	expect(coupon.GetTotalQuantity() == 2 && coupon.GetRemainingQuantity() == 2 && coupon.Title == "쿠폰", "a coupon is made")
	expect(coupon.DateIssueEnd.Sub(now.Add(time.Hour)).Abs() < time.Second, "its times are times")

	issue := func(user id) (*made.IssueRecord, any, error) {
		return three(api.IssuesAPI.IssueCoupon(ctx, coupon.Id).IssueRequest(*made.NewIssueRequest(user)).Execute())
	}
	first := must(issue(users[0]))
	expect(first.UserId == users[0] && first.Sequence == 1 && first.Status == "issued", "issued")
	expect(first.DateUsed.IsSet() && first.DateUsed.Get() == nil, "dateUsed: null is read as null")
	expect(reflect.DeepEqual(must(issue(users[0])), first), "asked again: the same record")
	answer := must(api.OriginalAPI.IssueLegacy(ctx).OriginalIssueRequest(*made.NewOriginalIssueRequest(users[0], coupon.Id)).Execute())
	expect(!answer.IsSuccess && answer.GetComment() == "이미 발급된 쿠폰입니다.", "asked again: the original's answer")
	answer = must(api.OriginalAPI.IssueLegacyAsyncV2(ctx).OriginalIssueRequest(*made.NewOriginalIssueRequest(users[1], coupon.Id)).Execute())
	expect(answer.IsSuccess && !answer.HasComment(), "issued: the original's answer")
	expect(reflect.DeepEqual(must(api.IssuesAPI.FindIssue(ctx, coupon.Id, users[0]).Execute()), first), "found")

	page := must(admin.IssuesAPI.ListCouponIssues(ctx, coupon.Id).Limit(1).Execute())
	expect(len(page.Items) == 1 && page.Items[0].UserId == users[0] && page.NextCursor.Get() != nil, "the first page")
	page = must(admin.IssuesAPI.ListCouponIssues(ctx, coupon.Id).Limit(1).Cursor(*page.NextCursor.Get()).Execute())
	expect(len(page.Items) == 1 && page.Items[0].UserId == users[1], "the second page")
	own := must(api.IssuesAPI.ListUserIssues(ctx, users[0]).Execute())
	expect(own.Items[0].CouponId == coupon.Id, "the user's coupons")
	expect(len(must(api.CouponsAPI.ListCoupons(ctx).Limit(1000).Execute()).Items) > 0, "the coupons")

	_, _, err = issue(users[2])
	expectRefusal(409, "sold_out", err)
	_, _, err = api.CouponsAPI.ShowCoupon(ctx, idOf(math.MaxInt64)).Execute()
	expectRefusal(404, "coupon_not_found", err)
	_, _, err = api.IssuesAPI.ListCouponIssues(ctx, coupon.Id).Execute()
	expectRefusal(401, "unauthorized", err)
	use := admin.IssuesAPI.UseIssue(ctx, coupon.Id, users[0])
	_, _, err = use.UseRequest(*made.NewUseRequest(29999)).Execute()
	expectRefusal(422, "below_minimum", err)
	used := must(use.UseRequest(*made.NewUseRequest(30000)).Execute())
	expect(used.Status == "used" && used.DateUsed.Get().Sub(now).Abs() < 10*time.Minute, "used")
	why := made.NewReturnRequest()
	why.SetReason("too small")
	returned := must(admin.IssuesAPI.ReturnIssue(ctx, coupon.Id, users[1]).ReturnRequest(*why).Execute())
	expect(returned.Status == "returned" && returned.DateReturned != nil, "returned")

	change := made.NewCouponChange()
	change.SetTotalQuantityNil()
	changed := must(admin.CouponsAPI.ChangeCoupon(ctx, coupon.Id).CouponChange(*change).Execute())
	expect(changed.TotalQuantity.Get() == nil, "changed: unlimited")
	actions := must(admin.CouponsAPI.ListActions(ctx).CouponId(coupon.Id).Execute()).Items
	oldest := actions[len(actions)-1]
	expect(oldest.Action == "create_coupon" && oldest.Before == nil && oldest.After != nil, "the trail")
	stats := must(admin.NodeAPI.TellStats(ctx).Execute())
	expect(stats.Role == "admin" && stats.Ready, "the node's figures")
	expect(must(api.CouponsAPI.ShowLive(ctx, coupon.Id).Execute()).State == "open", "the live figures")
}

func three[T any, R any](answer T, response R, err error) (T, any, error) { return answer, response, err }
