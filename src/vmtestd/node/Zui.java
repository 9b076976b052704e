package vmtestd.node;

import java.util.List;
import vmtestd.time.Deadline;

/** zui, the node's console screen: {@code zui.zui@0.0.1}. It may not run; nobody answers then. */
public interface Zui extends NodeModule {
    /** Shows errors in red under a label; an empty list clears the label. */
    void pushErrors(String label, List<String> errors, Deadline deadline) throws NodeException, InterruptedException;
}
