package floor;

/** Does nothing; with an argument, for ever. */
public final class Empty {
    private Empty() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length > 0) {
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
