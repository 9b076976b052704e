package vmtestd.redis;

import java.io.IOException;

/** The server sent bytes that are not a RESP2 reply, or too large a reply. */
public final class RespException extends IOException {
    private static final long serialVersionUID = 1;

    public RespException(String message) {
        super(message);
    }
}
