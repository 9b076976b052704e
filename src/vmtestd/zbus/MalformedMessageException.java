package vmtestd.zbus;

import java.io.IOException;

/** A message that is no msgpack, or not of the shape that was expected. */
public final class MalformedMessageException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedMessageException(String message) {
        super(message);
    }
}
