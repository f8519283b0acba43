package peer;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.context.annotation.Profile;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** A batch of entries as rows, in one transaction; those that are there already are left out. */
@Component
@Profile("worker")
class IssueWriter {
  private final CouponIssueRepository issues;

  IssueWriter(CouponIssueRepository issues) {
    this.issues = issues;
  }

  @Transactional
  public void write(Collection<MapRecord<String, Object, Object>> entries) {
    Map<Long, List<Long>> usersOfCoupon = entries.stream()
        .filter(entry -> !entry.getValue().isEmpty())
        .collect(Collectors.groupingBy(entry -> number(entry, "coupon"),
            Collectors.mapping(entry -> number(entry, "user"), Collectors.toList())));
    usersOfCoupon.forEach((couponId, users) -> {
      Set<Long> there = issues.findUserIds(couponId, users);
      issues.saveAll(users.stream().distinct().filter(user -> !there.contains(user))
          .map(user -> new CouponIssue(couponId, user)).toList());
    });
  }

  private static long number(MapRecord<String, Object, Object> entry, String field) {
    return Long.parseLong((String) entry.getValue().get(field));
  }
}
