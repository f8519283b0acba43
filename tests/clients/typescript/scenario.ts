// What a shop does, with a client that a generator made: create, issue, ask again, find, list, sold out, use, return.
//   node scenario.js URL ADMIN_TOKEN FIRST_USER

import * as made from "./openapi";
import { Id, id } from "./ids";

const [url, token, firstUser] = process.argv.slice(2);
const unknownId = 9223372036854775807n;

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as it should be: ${what}`);
  console.log(`  ${what}`);
}

async function expectRefusal(status: number, code: string, call: Promise<unknown>): Promise<void> {
  const refused: unknown = await call.then(() => undefined, error => error);
  if (!(refused instanceof made.ResponseError)) throw new Error(`${status} ${code}, not ${refused}`);
  const problem = made.ProblemFromJSON(await refused.response.json());
  expect(refused.response.status === status && problem.code === code, `${status} ${code}`);
}

async function main(): Promise<void> {
  const open = new made.Configuration({ basePath: url });
  const signedIn = new made.Configuration({ basePath: url, accessToken: token });
  const issues = new made.IssuesApi(open);
  const coupons = new made.CouponsApi(open);
  const original = new made.OriginalApi(open);
  const admin = new made.CouponsApi(signedIn);
  const desk = new made.IssuesApi(signedIn);
  const users: Id[] = [0n, 1n, 2n].map(i => id(BigInt(firstUser) + i));
  const hour = 3_600_000;
  const now = Date.now();

  const coupon = await admin.createCoupon({
    couponDraft: {
      title: "쿠폰", totalQuantity: 2, minAvailableAmount: 30000,
      dateIssueStart: new Date(now - hour), dateIssueEnd: new Date(now + hour),
    },
  });
  expect(coupon.totalQuantity === 2 && coupon.remainingQuantity === 2 && coupon.title === "쿠폰", "a coupon is made");
  expect(typeof coupon.id === typeof id(1n), `its id is a ${typeof coupon.id}`);
  expect(Math.abs(coupon.dateIssueEnd.getTime() - now - hour) < 1000, "its times are times");

  const first = await issues.issueCoupon({ id: coupon.id, issueRequest: { userId: users[0] } });
  expect(first.userId === users[0] && first.sequence === 1 && first.status === "issued", "issued");
  expect(first.dateUsed === null, "dateUsed: null is read as null");
  const again = await issues.issueCoupon({ id: coupon.id, issueRequest: { userId: users[0] } });
  expect(JSON.stringify(again) === JSON.stringify(first), "asked again: the same record");
  let answer = await original.issueLegacy({ originalIssueRequest: { couponId: coupon.id, userId: users[0] } });
  expect(!answer.isSuccess && answer.comment === "이미 발급된 쿠폰입니다.", "asked again: the original's answer");
  answer = await original.issueLegacyAsyncV2({ originalIssueRequest: { couponId: coupon.id, userId: users[1] } });
  expect(answer.isSuccess && answer.comment === undefined, "issued: the original's answer");
  const found = await issues.findIssue({ id: coupon.id, userId: users[0] });
  expect(JSON.stringify(found) === JSON.stringify(first), "found");

  let page = await desk.listCouponIssues({ id: coupon.id, limit: 1 });
  expect(page.items.length === 1 && page.items[0].userId === users[0] && page.nextCursor !== null, "the first page");
  page = await desk.listCouponIssues({ id: coupon.id, limit: 1, cursor: page.nextCursor! });
  expect(page.items.length === 1 && page.items[0].userId === users[1], "the second page");
  const own = await issues.listUserIssues({ userId: users[0] });
  expect(own.items[0].couponId === coupon.id, "the user's coupons");
  const all = await coupons.listCoupons({ limit: 1000 });
  expect(all.items.some(one => one.id === coupon.id), "the coupons");

  await expectRefusal(409, "sold_out", issues.issueCoupon({ id: coupon.id, issueRequest: { userId: users[2] } }));
  // A number of JavaScript cannot hold the largest id: 2^53 - 1 is unknown, too.
  const unknown = typeof coupon.id === "string" ? id(unknownId) : id(9007199254740991n);
  await expectRefusal(404, "coupon_not_found", coupons.showCoupon({ id: unknown }));
  await expectRefusal(401, "unauthorized", issues.listCouponIssues({ id: coupon.id }));
  const use = (orderAmount: number) =>
    desk.useIssue({ id: coupon.id, userId: users[0], useRequest: { orderAmount, orderId: "A-1" } });
  await expectRefusal(422, "below_minimum", use(29999));
  const used = await use(30000);
  expect(used.status === "used" && Math.abs(used.dateUsed!.getTime() - now) < 600_000, "used");
  const returned = await desk.returnIssue(
    { id: coupon.id, userId: users[1], returnRequest: { reason: "too small" } });
  expect(returned.status === "returned" && returned.dateReturned !== undefined, "returned");

  const changed = await admin.changeCoupon({ id: coupon.id, couponChange: { totalQuantity: null } });
  expect(changed.totalQuantity === null, "changed: unlimited");
  const actions = (await admin.listActions({ couponId: coupon.id })).items;
  const oldest = actions[actions.length - 1];
  expect(oldest.action === "create_coupon" && oldest.before === null && oldest.after !== null, "the trail");
  const stats = await new made.NodeApi(signedIn).tellStats();
  expect(stats.role === "admin" && stats.ready, "the node's figures");
  expect((await coupons.showLive({ id: coupon.id })).state === "open", "the live figures");
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
