package peer;

class Unavailable extends RuntimeException {
  Unavailable(String why) {
    super(why);
  }
}
