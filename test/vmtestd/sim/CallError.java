package vmtestd.sim;

/** The error that a method returns, in Go's sense. */
public final class CallError extends Exception {
    private static final long serialVersionUID = 1;

    CallError(String words) {
        super(words);
    }
}
