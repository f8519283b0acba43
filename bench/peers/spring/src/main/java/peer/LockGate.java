package peer;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.config.Config;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** A distributed lock around the same steps, as the course does it. */
@Component
@Profile("api & redisson")
class LockGate implements IssueGate {
  private final StringRedisTemplate redis;
  private final RedissonClient redisson;

  LockGate(StringRedisTemplate redis, RedissonClient redisson) {
    this.redis = redis;
    this.redisson = redisson;
  }

  @Override
  public Decision decide(long couponId, long userId, int totalQuantity) {
    RLock lock = redisson.getLock("spring:lock:" + couponId);
    try {
      if (!lock.tryLock(3, 3, TimeUnit.SECONDS)) {
        throw new Unavailable("the lock was not to be had within 3 s");
      }
      try {
        return decideAlone(couponId, String.valueOf(userId), totalQuantity);
      } finally {
        if (lock.isHeldByCurrentThread()) {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted");
    } catch (RedisException e) {
      throw new Unavailable("Redis did not answer for the lock");
    }
  }

  private Decision decideAlone(long couponId, String user, int totalQuantity) {
    String users = IssueGate.users(couponId);
    if (Boolean.TRUE.equals(redis.opsForSet().isMember(users, user))) {
      return Decision.ALREADY_ISSUED;
    }
    if (redis.opsForSet().size(users) >= totalQuantity) {
      return Decision.SOLD_OUT;
    }
    redis.opsForSet().add(users, user);
    redis.opsForStream().add(STREAM, Map.of("coupon", String.valueOf(couponId), "user", user));
    return Decision.ACCEPTED;
  }

  @Configuration
  @Profile("api & redisson")
  static class Client {
    @Bean(destroyMethod = "shutdown")
    RedissonClient redisson(@Value("${REDIS_PORT}") int port) {
      Config config = new Config();
      config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
      return Redisson.create(config);
    }
  }
}
