package peer;

import java.util.Optional;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.data.jpa.repository.JpaRepository;

public interface CouponRepository extends JpaRepository<Coupon, Long> {
  @Override
  @Cacheable("coupons")
  Optional<Coupon> findById(Long id);
}
