package peer;

import java.util.Collection;
import java.util.Set;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

public interface CouponIssueRepository extends JpaRepository<CouponIssue, Long> {
  @Query("select i.userId from CouponIssue i where i.couponId = :couponId and i.userId in :userIds")
  Set<Long> findUserIds(long couponId, Collection<Long> userIds);
}
