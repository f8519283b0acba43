import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.http.MediaType;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/** Asks firstcome for a coupon, from a Spring backend (6.1 or newer). One for the application; safe for many threads. */
public class CouponClient {
  public record Issue(long couponId, long userId, long sequence, String status) {}
  /** issue is null when the user has none; code then says why: sold_out, not_started, ended, paused, returned. */
  public record Answer(Issue issue, String code) {}
  /** Nobody knows yet: ask again later, and do not say that it is sold out. */
  public static class NotKnownYet extends RuntimeException {}
  private record Problem(String code, String detail) {}
  private record Tried(Answer answer, long waitMs) {}

  private final RestClient http;

  public CouponClient(String url) {
    // The JDK's client repeats no POST by itself; Apache's does on 503 unless told not to.
    var factory = new JdkClientHttpRequestFactory(HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2)).build());
    factory.setReadTimeout(Duration.ofSeconds(6)); // a little more than the node's request-timeout-ms
    http = RestClient.builder().baseUrl(url).requestFactory(factory).build();
  }

  public Answer issue(long coupon, long user) {
    Instant giveUp = Instant.now().plusSeconds(15);
    while (Instant.now().isBefore(giveUp)) {
      Tried tried;
      try {
        tried = ask(coupon, user);
      } catch (RestClientException noAnswer) { // it may have been done, and asking again says so
        tried = new Tried(null, 200 + ThreadLocalRandom.current().nextLong(400));
      }
      if (tried.answer() != null) return tried.answer();
      try {
        Thread.sleep(tried.waitMs());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new NotKnownYet();
  }

  private Tried ask(long coupon, long user) {
    // A text, not a Map: it goes out with its length, and no converter touches the id.
    return http.post().uri("/v1/coupons/{id}/issues", coupon).contentType(MediaType.APPLICATION_JSON)
        .body("{\"userId\":" + user + "}")
        .exchange((request, response) -> switch (response.getStatusCode().value()) {
          case 200, 201, 202 -> new Tried(new Answer(response.bodyTo(Issue.class), null), 0);
          case 409 -> new Tried(new Answer(null, response.bodyTo(Problem.class).code()), 0);
          case 503 -> new Tried(null, Math.min(seconds(response.getHeaders().getFirst("Retry-After")), 5) * 1000
              + ThreadLocalRandom.current().nextLong(500));
          default -> throw new IllegalStateException("the request is wrong: " + response.getStatusCode());
        });
  }

  private static long seconds(String retryAfter) {
    return retryAfter == null ? 1 : Long.parseLong(retryAfter);
  }
}
