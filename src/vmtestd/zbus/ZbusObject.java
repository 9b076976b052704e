package vmtestd.zbus;

/**
 * What a call is addressed to, in zbus's words: {@code vmd.manager@0.0.1}.
 *
 * @param module the process that serves it: {@code vmd}
 * @param name the object in that process: {@code manager}
 * @param version the object's version: {@code 0.0.1}
 * @param dependsOn another module that its calls wait for, which is asked for its status too when one times out;
 *     empty for none
 */
public record ZbusObject(String module, String name, String version, String dependsOn) {
    public ZbusObject(String module, String name, String version) {
        this(module, name, version, "");
    }

    /** The Redis list that the module takes this object's requests from. */
    public String queue() {
        return module + "." + name + "@" + version;
    }

    /** The object by which every module tells its state, from a worker of its own. */
    static ZbusObject statusOf(String module) {
        return new ZbusObject(module, "zbus", "1.0");
    }
}
