package peer;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "coupons")
public class Coupon {
  @Id private Long id;
  private int totalQuantity;
  private Instant dateIssueStart;
  private Instant dateIssueEnd;

  protected Coupon() {}

  public int totalQuantity() {
    return totalQuantity;
  }

  public boolean isOpen(Instant now) {
    return !now.isBefore(dateIssueStart) && now.isBefore(dateIssueEnd);
  }
}
