/** Ids as --ids string has them. */
final class Ids {
  static String of(long value) { return String.valueOf(value); }
}
