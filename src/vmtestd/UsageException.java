package vmtestd;

/** A flag that cannot be obeyed. The message names the flag, the value and what is legal. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
