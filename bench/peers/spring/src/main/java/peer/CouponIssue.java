package peer;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "coupon_issues")
public class CouponIssue {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  private Long id;

  private Long couponId;
  private Long userId;

  @Column(name = "date_issued")
  private Instant dateIssued = Instant.now();

  protected CouponIssue() {}

  public CouponIssue(long couponId, long userId) {
    this.couponId = couponId;
    this.userId = userId;
  }
}
