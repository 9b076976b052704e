package vmtestd;

/** What keeps the program from starting, though its flags are right. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message);
    }
}
