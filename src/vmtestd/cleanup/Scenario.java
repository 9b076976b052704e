package vmtestd.cleanup;

import java.util.Locale;

/** What a run's VM has beyond CPU, memory and a root file system. */
public enum Scenario {
    BOOT, STORAGE, NETWORK, STORAGE_NETWORK;

    /** Returns whether the VM has a data disk. */
    public boolean hasDisk() {
        return this == STORAGE || this == STORAGE_NETWORK;
    }

    /** Returns whether the VM has a network interface. */
    public boolean hasTap() {
        return this == NETWORK || this == STORAGE_NETWORK;
    }

    /**
     * Returns the scenario of this name.
     *
     * @param name as {@link #toString} returns it, or {@code network+storage}
     * @throws IllegalArgumentException if there is none
     */
    public static Scenario of(String name) {
        for (Scenario scenario : values()) {
            if (scenario.toString().equals(name) || scenario == STORAGE_NETWORK && name.equals("network+storage")) {
                return scenario;
            }
        }
        throw new IllegalArgumentException("unknown scenario '" + name + "'");
    }

    /** The name in flags, files and metrics, such as {@code storage+network}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '+');
    }
}
