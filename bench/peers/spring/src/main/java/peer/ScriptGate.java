package peer;

import java.nio.file.Path;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.core.io.FileSystemResource;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/** One script, over Lettuce's one shared connection. */
@Component
@Profile("api & !redisson")
class ScriptGate implements IssueGate {
  private final StringRedisTemplate redis;
  private final RedisScript<Long> script;

  ScriptGate(StringRedisTemplate redis, @Value("${ISSUE_LUA}") Path text) {
    this.redis = redis;
    this.script = RedisScript.of(new FileSystemResource(text), Long.class);
  }

  @Override
  public Decision decide(long couponId, long userId, int totalQuantity) {
    Long decision = redis.execute(script, List.of(IssueGate.users(couponId), STREAM), String.valueOf(userId),
        String.valueOf(couponId), String.valueOf(totalQuantity));
    return Decision.values()[decision.intValue()];
  }
}
