package peer;

import java.time.Instant;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.context.annotation.Profile;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Profile("api")
class IssueController {
  record IssueRequest(long userId) {}

  private final IssueGate gate;
  private final CouponRepository coupons;
  private final StringRedisTemplate redis;
  private final DataSource database;

  IssueController(IssueGate gate, CouponRepository coupons, StringRedisTemplate redis, DataSource database) {
    this.gate = gate;
    this.coupons = coupons;
    this.redis = redis;
    this.database = database;
  }

  @GetMapping("/readyz")
  String ready() throws Exception {
    redis.hasKey("ready");
    database.getConnection().close();
    return "ready";
  }

  @PostMapping("/v1/coupons/{id}/issues")
  ResponseEntity<Map<String, String>> issue(@PathVariable long id, @RequestBody IssueRequest request) {
    if (request.userId() <= 0) {
      return ResponseEntity.badRequest().body(Map.of("code", "invalid_request"));
    }
    Coupon coupon = coupons.findById(id).orElse(null);
    if (coupon == null) {
      return ResponseEntity.status(404).body(Map.of("code", "no_such_coupon"));
    }
    if (!coupon.isOpen(Instant.now())) {
      return ResponseEntity.status(409).body(Map.of("code", "not_open"));
    }
    return switch (gate.decide(id, request.userId(), coupon.totalQuantity())) {
      case ACCEPTED -> ResponseEntity.status(202).body(Map.of("status", "accepted"));
      case ALREADY_ISSUED -> ResponseEntity.ok(Map.of("status", "already_issued"));
      case SOLD_OUT -> ResponseEntity.status(409).body(Map.of("code", "sold_out"));
    };
  }

  @ExceptionHandler({DataAccessException.class, Unavailable.class})
  ResponseEntity<Map<String, String>> unavailable() {
    return ResponseEntity.status(503).body(Map.of("code", "unavailable"));
  }
}
