package peer;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Profile;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.stream.Consumer;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** Moves the stream into the database: first what was taken before a crash, then what is new. One worker runs at a time. */
@Component
@Profile("worker")
class IssueWorker implements ApplicationRunner {
  private static final Logger log = LoggerFactory.getLogger(IssueWorker.class);
  private static final Consumer SELF = Consumer.from("writers", "writer-1");
  private static final StreamReadOptions OPTIONS = StreamReadOptions.empty().count(500).block(Duration.ofSeconds(1));

  private final StringRedisTemplate redis;
  private final IssueWriter writer;

  IssueWorker(StringRedisTemplate redis, IssueWriter writer) {
    this.redis = redis;
    this.writer = writer;
  }

  @Override
  public void run(ApplicationArguments arguments) throws InterruptedException {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        makeGroup();
        moveAll();
      } catch (DataAccessException e) {
        log.warn("once more in a moment", e);
        Thread.sleep(200);
      }
    }
  }

  private void makeGroup() {
    try {
      redis.opsForStream().createGroup(IssueGate.STREAM, ReadOffset.from("0"), SELF.getGroup());
    } catch (DataAccessException e) {
      if (e.getMostSpecificCause().getMessage() == null || !e.getMostSpecificCause().getMessage().startsWith("BUSYGROUP")) {
        throw e;
      }
    }
  }

  private void moveAll() {
    ReadOffset from = ReadOffset.from("0");
    while (true) {
      List<MapRecord<String, Object, Object>> entries =
          redis.opsForStream().read(SELF, OPTIONS, StreamOffset.create(IssueGate.STREAM, from));
      if (entries == null || entries.isEmpty()) {
        from = ReadOffset.lastConsumed();
        continue;
      }
      writer.write(entries);
      RecordId[] ids = entries.stream().map(MapRecord::getId).toArray(RecordId[]::new);
      redis.opsForStream().acknowledge(IssueGate.STREAM, SELF.getGroup(), ids);
      redis.opsForStream().delete(IssueGate.STREAM, ids);
    }
  }
}
