package vmtestd;

/** A flag that is not legal. The message names the flag, the value and what is legal. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
