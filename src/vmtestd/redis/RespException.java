package vmtestd.redis;

import java.io.IOException;

/** The peer sent bytes that are no RESP2, or a reply larger than its bounds. */
public final class RespException extends IOException {
    private static final long serialVersionUID = 1;

    public RespException(String message) {
        super(message);
    }
}
