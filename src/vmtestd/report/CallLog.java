package vmtestd.report;

import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.zbus.CallListener;

/** Logs each call to a module at debug level, with its arguments and its outcome. */
public final class CallLog implements CallListener {
    private final Logger log;

    public CallLog(Logger log) {
        this.log = log;
    }

    @Override
    public void ended(Call call) {
        if (log.isLoggable(Level.FINE)) {
            log.fine(new LogLine("call").with("queue", call.object().queue()).with("method", call.method())
                    .with("arguments", call.arguments()).with("took", call.took())
                    .with(call.failure() == null ? "reply" : "failure", call.outcome()).toString());
        }
    }
}
