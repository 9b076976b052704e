package vmtestd;

/** The program cannot start although its flags are legal. The message says why. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message);
    }
}
