package vmtestd.zbus;

/**
 * An object of a module, such as {@code vmd.manager@0.0.1}.
 *
 * @param module the process that serves the object: {@code vmd}
 * @param name {@code manager}
 * @param version {@code 0.0.1}
 * @param dependsOn the module that its calls wait for, whose status is part of the message if a call times out; may be empty
 */
public record ZbusObject(String module, String name, String version, String dependsOn) {
    public ZbusObject(String module, String name, String version) {
        this(module, name, version, "");
    }

    /** Returns the Redis list of the requests to this object. */
    public String queue() {
        return module + "." + name + "@" + version;
    }
}
