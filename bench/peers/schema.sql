CREATE TABLE coupons (
  id BIGINT NOT NULL PRIMARY KEY,
  title VARCHAR(255) NOT NULL,
  total_quantity INT NOT NULL,
  date_issue_start DATETIME(6) NOT NULL,
  date_issue_end DATETIME(6) NOT NULL
);
CREATE TABLE coupon_issues (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  coupon_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  date_issued DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  UNIQUE KEY coupon_issues_by_user (coupon_id, user_id)
);
