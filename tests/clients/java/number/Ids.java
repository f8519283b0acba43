/** Ids as --ids number has them. */
final class Ids {
  static Long of(long value) { return value; }
}
