package peer;

/** Decides who gets one, and queues him. */
public interface IssueGate {
  String STREAM = "spring:issues";

  Decision decide(long couponId, long userId, int totalQuantity);

  static String users(long couponId) {
    return "spring:users:" + couponId;
  }
}
