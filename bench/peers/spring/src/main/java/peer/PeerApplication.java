package peer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.annotation.EnableCaching;

/** A coupon service as a Spring programmer would write it. Profiles: api or worker; and redisson, the lock in place of the script. */
@SpringBootApplication
@EnableCaching
public class PeerApplication {
  public static void main(String[] args) {
    SpringApplication.run(PeerApplication.class, args);
  }
}
