package peer;

/** In the order of the numbers that issue.lua answers. */
public enum Decision {
  SOLD_OUT,
  ACCEPTED,
  ALREADY_ISSUED
}
