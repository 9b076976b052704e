package vmtestd.zbus;

import java.io.IOException;

/** A message that is not msgpack, or not of the expected structure. */
public final class MalformedMessageException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedMessageException(String message) {
        super(message);
    }
}
