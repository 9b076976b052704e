package vmtestd.sim;

import java.util.List;

/**
 * A call that a module saw.
 *
 * @param module {@code vmd}, {@code flist} or {@code zui}
 * @param method its name
 * @param inputs the arguments as JSON
 */
public record Call(String module, String method, List<String> inputs) {
    /** Returns the first argument, which is the name of a VM or mount in most methods. */
    public String name() {
        return inputs.isEmpty() ? "" : inputs.get(0).replace("\"", "");
    }

    @Override
    public String toString() {
        return module + "." + method;
    }
}
