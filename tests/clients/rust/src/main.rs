//! What a shop does, with a client that a generator made: create, issue, ask again, find, list, sold out, use, return.
//!
//! clients URL ADMIN_TOKEN FIRST_USER

use chrono::{DateTime, Duration, FixedOffset, Utc};
use openapi::apis::{configuration::Configuration, coupons_api, issues_api, node_api, original_api, Error};
use openapi::models::*;
use serde::{de::DeserializeOwned, Serialize};
use std::fmt::Debug;

// Ids as --ids string and --ids number have them, and as paths take them.
#[cfg(feature = "text")]
mod ids {
    pub type Id = String;
    pub type InPath<'a> = &'a str;
    pub fn of(value: i64) -> Id {
        value.to_string()
    }
    pub fn path(id: &Id) -> InPath<'_> {
        id
    }
}
#[cfg(not(feature = "text"))]
mod ids {
    pub type Id = i64;
    pub type InPath<'a> = i64;
    pub fn of(value: i64) -> Id {
        value
    }
    pub fn path(id: &Id) -> InPath<'static> {
        *id
    }
}
use ids::path;

fn expect(holds: bool, what: &str) {
    assert!(holds, "not as it should be: {what}");
    println!("  {what}");
}

fn expect_refusal<T: Debug, E: Debug>(status: u16, code: &str, answer: Result<T, Error<E>>) {
    match answer {
        Err(Error::ResponseError(refused)) => {
            let problem: Problem = serde_json::from_str(&refused.content).expect("a problem");
            let code_heard = serde_json::to_value(problem.code).unwrap();
            expect(refused.status.as_u16() == status && code_heard == code, &format!("{status} {code}"));
            expect(refused.entity.is_some(), "the error as an object");
        }
        other => panic!("{status} {code}, not {other:?}"),
    }
}

/// A time as this version of the generator has it: text, or a type of chrono.
fn given<T: DeserializeOwned>(at: DateTime<Utc>) -> T {
    serde_json::from_value(serde_json::json!(at.to_rfc3339())).unwrap()
}

fn read<T: Serialize>(time: &T) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(serde_json::to_value(time).unwrap().as_str().unwrap()).unwrap()
}

fn client_of(url: &str, token: Option<&str>) -> Configuration {
    Configuration { base_path: url.into(), bearer_access_token: token.map(str::to_string), ..Configuration::new() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (open, admin) = (client_of(&arguments[1], None), client_of(&arguments[1], Some(&arguments[2])));
    let first_user: i64 = arguments[3].parse().unwrap();
    let users: Vec<ids::Id> = (0..3).map(|i| ids::of(first_user + i)).collect();
    let now = Utc::now();

    let mut draft = CouponDraft::new("쿠폰".into(), given(now - Duration::hours(1)), given(now + Duration::hours(1)));
    draft.total_quantity = Some(Some(2));
    draft.min_available_amount = Some(30000);
    let coupon = coupons_api::create_coupon(&admin, draft, None).await.unwrap();
    expect(coupon.total_quantity == Some(2) && coupon.remaining_quantity == Some(2), "a coupon is made");
    let late_ms = (read(&coupon.date_issue_end).to_utc() - now - Duration::hours(1)).num_milliseconds();
    expect(coupon.title == "쿠폰" && late_ms.abs() < 1000, "its times are times");

    let id = || path(&coupon.id);
    let issue = |user: &ids::Id| issues_api::issue_coupon(&open, id(), IssueRequest::new(user.clone()));
    let first = issue(&users[0]).await.unwrap();
    expect(first.user_id == users[0] && first.sequence == 1, "issued");
    expect(first.date_used.is_none(), "dateUsed: null is read as null");
    expect(issue(&users[0]).await.unwrap() == first, "asked again: the same record");
    let request = |user: &ids::Id| OriginalIssueRequest::new(user.clone(), coupon.id.clone());
    let answer = original_api::issue_legacy(&open, request(&users[0])).await.unwrap();
    let comment = answer.comment.unwrap_or_default();
    expect(!answer.is_success && comment == "이미 발급된 쿠폰입니다.", "asked again: the original's answer");
    let answer = original_api::issue_legacy_async_v2(&open, request(&users[1])).await.unwrap();
    expect(answer.is_success && answer.comment.is_none(), "issued: the original's answer");
    expect(issues_api::find_issue(&open, id(), path(&users[0])).await.unwrap() == first, "found");

    let page = issues_api::list_coupon_issues(&admin, id(), Some(1), None).await.unwrap();
    expect(page.items.len() == 1 && page.items[0].user_id == users[0] && page.next_cursor.is_some(), "the first page");
    let page = issues_api::list_coupon_issues(&admin, id(), Some(1), page.next_cursor.as_deref()).await.unwrap();
    expect(page.items.len() == 1 && page.items[0].user_id == users[1], "the second page");
    let own = issues_api::list_user_issues(&open, path(&users[0]), None, None).await.unwrap();
    expect(own.items[0].coupon_id == coupon.id, "the user's coupons");
    let all = coupons_api::list_coupons(&open, Some(1000), None).await.unwrap();
    expect(all.items.iter().any(|one| one.id == coupon.id), "the coupons");

    expect_refusal(409, "sold_out", issue(&users[2]).await);
    let unknown = ids::of(i64::MAX);
    expect_refusal(404, "coupon_not_found", coupons_api::show_coupon(&open, path(&unknown)).await);
    expect_refusal(401, "unauthorized", issues_api::list_coupon_issues(&open, id(), None, None).await);
    let bill = |amount| issues_api::use_issue(&admin, id(), path(&users[0]), UseRequest::new(amount));
    expect_refusal(422, "below_minimum", bill(29999).await);
    let used = bill(30000).await.unwrap();
    expect((read(&used.date_used).to_utc() - now).num_minutes().abs() < 10, "used");
    let why = ReturnRequest { reason: Some(Some("too small".into())) };
    let returned = issues_api::return_issue(&admin, id(), path(&users[1]), Some(why)).await.unwrap();
    expect(returned.date_returned.is_some(), "returned");

    let change = CouponChange { total_quantity: Some(None), ..CouponChange::new() };
    let changed = coupons_api::change_coupon(&admin, id(), change).await.unwrap();
    expect(changed.total_quantity.is_none(), "changed: unlimited");
    let actions = coupons_api::list_actions(&admin, Some(id()), None, None).await.unwrap().items;
    let oldest = actions.last().unwrap();
    expect(oldest.action == "create_coupon" && oldest.before.is_none() && oldest.after.is_some(), "the trail");
    expect(node_api::tell_stats(&admin).await.unwrap().ready, "the node's figures");
    let live = coupons_api::show_live(&open, id()).await.unwrap();
    expect(live.total_quantity.is_none(), "the live figures");
}
